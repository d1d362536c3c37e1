import assert from 'node:assert/strict';
import type { Result } from '../../../src/foundation/failures/result.js';

/** The value of a result that the test takes for granted. */
export function value<T>(result: Result<T>): T {
  if (!result.ok) assert.fail(result.error.map((each) => `${each.code}: ${each.message}`).join('\n'));
  return result.value;
}
