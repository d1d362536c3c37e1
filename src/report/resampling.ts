import {
  estimateDifference,
  estimateMetric,
  resampleMetrics,
  type Difference,
  type Estimate,
  type Resampled,
} from '../foundation/verification/bootstrap.js';
import { metricName, parseMetric, type Metric } from '../foundation/verification/metrics.js';
import { checkSamePairs, checkScores, type ScoreSet } from '../foundation/verification/score-set.js';

/** A metric of stored scores, named by their digest. */
export interface Measure {
  readonly scores: string;
  readonly metric: string;
}

/**
 * Bootstrap resamples of all the scores that a report is about, made once: score sets of the same pairs share their
 * resamples, so that every interval and every paired difference is read off them.
 */
export class Resampling {
  readonly #places = new Map<string, Place>();
  readonly #pairs = new Map<string, number>();

  /** @param measures what will be asked for; those whose scores are missing or unfit are left out */
  constructor(measures: Iterable<Measure>, scores: (digest: string) => ScoreSet | undefined) {
    for (const group of groupByPairs(measures, scores)) {
      const resampled = resampleMetrics(group.sets, group.metrics);
      if (!resampled.ok) continue;
      group.digests.forEach((digest, i) => {
        this.#pairs.set(digest, group.sets[i]!.score.length);
        group.metrics.forEach((metric, m) => {
          this.#places.set(keyOf({ scores: digest, metric: metricName(metric) }), {
            resampled: resampled.value[i]!,
            m,
            group,
          });
        });
      });
    }
  }

  /** The mean of replicates; undefined where one was not resampled, or its metric is undefined. */
  estimate(replicates: readonly Measure[]): Estimate | undefined {
    const found = this.#together(replicates);
    if (found === undefined) return undefined;
    const estimate = estimateMetric(found.resampled, found.m);
    return Number.isNaN(estimate.standardError) ? undefined : estimate;
  }

  /** `a - b`, paired; undefined where they are not of the same pairs. */
  difference(a: readonly Measure[], b: readonly Measure[]): Difference | undefined {
    const found = this.#together([...a, ...b]);
    if (found === undefined || a.length === 0 || b.length === 0) return undefined;
    const { resampled, m } = found;
    const difference = estimateDifference(resampled.slice(0, a.length), resampled.slice(a.length), m);
    return Number.isNaN(difference.standardError) ? undefined : difference;
  }

  /** Number of pairs that scores are of. */
  pairs(scores: string): number | undefined {
    return this.#pairs.get(scores);
  }

  #together(measures: readonly Measure[]): { resampled: readonly Resampled[]; m: number } | undefined {
    const places = measures.map((measure) => this.#places.get(keyOf(measure)));
    const first = places[0];
    if (first === undefined || !places.every((place) => place?.group === first.group && place.m === first.m)) {
      return undefined;
    }
    return { resampled: places.map((place) => place!.resampled), m: first.m };
  }
}

interface Group {
  readonly digests: string[];
  readonly sets: ScoreSet[];
  readonly metrics: Metric[];
}

interface Place {
  readonly resampled: Resampled;
  readonly m: number;
  readonly group: Group;
}

function keyOf({ scores, metric }: Measure): string {
  const parsed = parseMetric(metric);
  return `${scores} ${parsed === undefined ? metric : metricName(parsed)}`;
}

function groupByPairs(measures: Iterable<Measure>, scores: (digest: string) => ScoreSet | undefined): readonly Group[] {
  const groups: Group[] = [];
  for (const { scores: digest, metric } of measures) {
    const parsed = parseMetric(metric);
    if (parsed === undefined) continue;
    let group = groups.find(({ digests }) => digests.includes(digest));
    if (group === undefined) {
      const set = scores(digest);
      if (set === undefined || !checkScores(set).ok) continue;
      group = groups.find(({ sets }) => checkSamePairs(sets[0]!, set).ok);
      if (group === undefined) groups.push((group = { digests: [], sets: [], metrics: [] }));
      group.digests.push(digest);
      group.sets.push(set);
    }
    const name = metricName(parsed);
    if (!group.metrics.some((each) => metricName(each) === name)) group.metrics.push(parsed);
  }
  return groups;
}
