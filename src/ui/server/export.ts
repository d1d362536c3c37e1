import type { Result } from '../../foundation/result.js';
import type { UiProject } from './project.js';
import { fail } from '../../foundation/result.js';
import { failure } from '../../foundation/diagnostic.js';

export interface Exported {
  readonly runs: number;
  readonly reports: number;
  readonly files: number;
}

export function exportUi(_project: UiProject, _folder: string): Promise<Result<Exported>> {
  return Promise.resolve(fail(failure('ui/no-export', 'later')));
}
