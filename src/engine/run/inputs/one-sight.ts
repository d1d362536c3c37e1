import { failure } from '../../../foundation/failures/diagnostic.js';
import { fail } from '../../../foundation/failures/result.js';
import type { ReadingCode } from './reading.js';
import type { RunServices } from '../services.js';

/**
 * The same services, for one run: an input from outside has one content throughout. One that changed after a first stage had
 * read it fails the stage that reads it next, since a report must not mix results of two contents.
 */
export function oneSight(services: RunServices): RunServices {
  const digests = new Map<string, string>();
  return {
    ...services,
    async external(input) {
      const found = await services.external(input);
      if (!found.ok) return found;
      const { digest } = found.value;
      const first = digests.get(input.path) ?? digest;
      digests.set(input.path, first);
      if (first === digest) return found;
      const message = `${input.path} changed after the run began to read it`;
      return fail(failure<ReadingCode>('run/inputs-changed', message, 'rerun when nothing changes it'));
    },
  };
}
