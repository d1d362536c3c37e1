import { Measuring, type Measured } from '../../foundation/statistics/contrast.js';
import {
  PLAIN_WORDS,
  type MetricOutcome,
  type Outcomes,
  type OutcomeWords,
} from '../../foundation/statistics/outcomes.js';
import type { MetricSource } from '../report.js';

/** A source's metric with what its outcomes say of its noise. */
export interface Found {
  readonly measured: Measured;
  readonly metric: MetricOutcome;
  readonly words: OutcomeWords;
  readonly subjects: number;
}

/** Finds the outcomes behind numbers, each metric read and summed once. */
export class Noise {
  readonly #outcomes: (digest: string, metric: string) => Outcomes | undefined;
  readonly #measuring = new Measuring();
  readonly #found = new Map<string, Found | undefined>();

  constructor(outcomes: (digest: string, metric: string) => Outcomes | undefined = () => undefined) {
    this.#outcomes = outcomes;
  }

  /** Undefined where a source has no outcomes, or they do not hold its metric. */
  of({ outcomes: digest, metric: name }: MetricSource): Found | undefined {
    if (digest === undefined) return undefined;
    const key = `${digest} ${name}`;
    if (!this.#found.has(key)) this.#found.set(key, this.#find(digest, name));
    return this.#found.get(key);
  }

  #find(digest: string, name: string): Found | undefined {
    const outcomes = this.#outcomes(digest, name);
    const metric = outcomes?.metrics.find((each) => each.name === name);
    if (outcomes === undefined || metric === undefined) return undefined;
    const measured = this.#measuring.measure(outcomes, metric);
    return { measured, metric, words: outcomes.words, subjects: measured.layout.subjects };
  }

  /** Of all sources; undefined where one has none. */
  all(sources: readonly MetricSource[]): readonly Found[] | undefined {
    const found = sources.map((source) => this.of(source));
    return found.length > 0 && found.every((each) => each !== undefined) ? found : undefined;
  }

  /** What subjects and replicates are called. */
  words(sources: readonly MetricSource[]): OutcomeWords {
    for (const source of sources) {
      const found = this.of(source);
      if (found !== undefined) return found.words;
    }
    return PLAIN_WORDS;
  }
}
