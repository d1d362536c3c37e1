import type { Diagnostic } from '../../foundation/diagnostic.js';
import type { ExperimentCode } from '../experiment/codes.js';
import type { GraphCode } from './codes.js';
import type { StageFamily } from './stages.js';

type Wrong = Diagnostic<ExperimentCode | GraphCode>;

/** Collects what is wrong in the cells of matrices, and says once what is wrong in many of them. */
export class Told {
  readonly #families: ReadonlyMap<string, StageFamily>;
  readonly #found = new Map<string, { readonly diagnostic: Wrong; readonly stages: string[] }>();

  constructor(families: ReadonlyMap<string, StageFamily>) {
    this.#families = families;
  }

  add(stage: string, diagnostics: readonly Wrong[]): void {
    for (const diagnostic of diagnostics) {
      const { code, message, place } = diagnostic;
      const key = JSON.stringify([code, message, place]);
      const known = this.#found.get(key);
      if (known === undefined) this.#found.set(key, { diagnostic, stages: [stage] });
      else if (!known.stages.includes(stage)) known.stages.push(stage);
    }
  }

  get empty(): boolean {
    return this.#found.size === 0;
  }

  diagnostics(): Wrong[] {
    return [...this.#found.values()].map(({ diagnostic, stages }) => {
      const [first, ...others] = stages;
      if (!first!.includes('[')) return diagnostic;
      const family = this.#families.get(first!.replace(/\[.*$/, ''));
      let where = others.length === 0 ? first! : `${first!} and ${others.length} more`;
      if (family !== undefined && family.cells.size > 1 && stages.length === family.cells.size)
        where = `all ${stages.length} of ${family.declaration.name}`;
      return { ...diagnostic, message: `${diagnostic.message} (in ${where})` };
    });
  }
}
