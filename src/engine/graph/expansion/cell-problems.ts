import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';
import type { ExperimentCode } from '../../experiment/codes.js';
import type { GraphCode } from '../codes.js';
import type { StageFamily } from './stages.js';

type Wrong = Diagnostic<ExperimentCode | GraphCode>;

/** So many wrong cells of a stage show what is wrong with it: a missing line can make a matrix of 100,000 wrong ones. */
export const ENOUGH_WRONG = 1000;

/** Collects what is wrong in the cells of matrices, and says once what is wrong in many of them. */
export class CellProblems {
  readonly #families: ReadonlyMap<string, StageFamily>;
  /** Stages of which only {@link ENOUGH_WRONG} wrong cells were looked at. */
  readonly cut: Set<string> = new Set<string>();
  readonly #found = new Map<
    string,
    { readonly diagnostic: Wrong; readonly first: string; readonly stages: Set<string> }
  >();

  constructor(families: ReadonlyMap<string, StageFamily>) {
    this.#families = families;
  }

  add(stage: string, diagnostics: readonly Wrong[]): void {
    for (const diagnostic of diagnostics) {
      const { code, message, place } = diagnostic;
      const key = JSON.stringify([code, message, place]);
      const known = this.#found.get(key);
      if (known === undefined) this.#found.set(key, { diagnostic, first: stage, stages: new Set([stage]) });
      else known.stages.add(stage);
    }
  }

  get empty(): boolean {
    return this.#found.size === 0;
  }

  diagnostics(): Wrong[] {
    return [...this.#found.values()].map(({ diagnostic, first, stages }) => {
      if (!first.includes('[')) return diagnostic;
      const family = this.#families.get(first.replace(/\[.*$/, ''));
      const atLeast = family !== undefined && this.cut.has(family.declaration.name) ? 'at least ' : '';
      let where = stages.size === 1 ? first : `${first} and ${atLeast}${stages.size - 1} more`;
      if (family !== undefined && family.cells.size > 1 && stages.size === family.cells.size)
        where = `all ${stages.size} of ${family.declaration.name}`;
      return { ...diagnostic, message: `${diagnostic.message} (in ${where})` };
    });
  }
}
