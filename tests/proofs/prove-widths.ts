import { estimate, Measuring, type Estimate } from '../../src/foundation/statistics/contrast.js';
import { stream } from '../../src/foundation/numbers/random.js';
import { outcomesOf } from '../../src/plugins/recognition/benchmarks/outcomes.js';
import {
  evaluateMetrics,
  metricName,
  prepareScores,
  type PreparedScores,
} from '../../src/plugins/recognition/benchmarks/verification/metrics.js';
import { metricsOf, NOISE } from './intervals/coverage.js';
import { drawWorld, type Protocol } from './intervals/world.js';

/**
 *     npm run prove:widths [-- --worlds 100 --resamples 200 --protocols lfw,multipie]
 *
 * Intervals over persons alone beside those of a bootstrap of persons, in the same worlds: how often each holds the truth, and how wide
 * it is. The bootstrap draws as many persons with replacement as there are; a pair counts as often as the product of its persons (Owen's
 * pigeonhole bootstrap 2007), a genuine one as often as its one person. Its interval is from the 2.5 % quantile to the 97.5 %.
 */
const option = (name: string, otherwise: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1]!;
};
const worlds = Number(option('worlds', '100'));
const resamples = Number(option('resamples', '200'));

interface Bounds {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

console.log(
  '| protocol | size | metric | of | worlds | 95 % interval holds | width | bootstrap of persons holds | its width | ratio |\n' +
    '| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
);
for (const protocol of option('protocols', 'lfw,multipie').split(',') as Protocol[]) {
  const metrics = metricsOf(protocol);
  const found = new Map<string, { readonly own: Bounds[]; readonly boot: Bounds[] }>();
  for (let world = 0; world < worlds; world += 1) {
    const options = { protocol, size: 'mini', trainings: 0, noise: NOISE[protocol], spread: 0 } as const;
    const sets = drawWorld(options, world).sets.map(([first]) => prepareScores(first!));
    const measuring = new Measuring();
    const measured = sets.map((each) => {
      const outcomes = outcomesOf(each, metrics)!;
      return outcomes.metrics.map((metric) => measuring.measure(outcomes, metric));
    });
    const drawn = resample(sets, world);
    metrics.forEach((metric, m) => {
      const one = { factor: 1, replicates: [[measured[0]![m]!]] };
      const other = { factor: -1, replicates: [[measured[1]![m]!]] };
      note(
        `${metricName(metric)} | one`,
        estimate([one]),
        drawn.map(([a]) => a![m]!),
      );
      note(
        `${metricName(metric)} | difference`,
        estimate([one, other]),
        drawn.map(([a, b]) => a![m]! - b![m]!),
      );
    });
  }
  for (const [name, { own, boot }] of found) {
    const truth = mean(own.map(({ value }) => value));
    const [a, b] = [own, boot].map((all) => ({
      held: mean(all.map(({ low, high }) => (low <= truth && truth <= high ? 1 : 0))),
      width: mean(all.map(({ low, high }) => high - low)),
    })) as [{ held: number; width: number }, { held: number; width: number }];
    const cells = [
      protocol,
      'mini',
      name,
      worlds,
      percent(a.held),
      a.width.toFixed(4),
      percent(b.held),
      b.width.toFixed(4),
    ];
    console.log(`| ${[...cells, (a.width / b.width).toFixed(2)].join(' | ')} |`);
  }

  function note(name: string, { value, interval }: Estimate, values: number[]): void {
    const all = found.get(name) ?? { own: [], boot: [] };
    found.set(name, all);
    const sorted = Float64Array.from(values).sort();
    const at = (p: number): number => sorted[Math.round(p * (sorted.length - 1))]!;
    all.own.push({ value, ...interval });
    all.boot.push({ value, low: at(0.025), high: at(0.975) });
  }

  /** [resamples][networks][metrics] */
  function resample(sets: readonly PreparedScores[], world: number): readonly (readonly Float64Array[])[] {
    const { first, second } = sets[0]!.scores.persons!;
    const persons = 1 + first.reduce((most, p, i) => Math.max(most, p, second[i]!), 0);
    const present = [...new Set([...first, ...second])];
    const random = stream(world, 'widths/persons');
    return Array.from({ length: resamples }, () => {
      const counts = new Uint32Array(persons);
      for (let i = 0; i < present.length; i += 1) counts[present[random.integer(present.length)]!]! += 1;
      const weights = Uint32Array.from(first, (p, i) =>
        p === second[i] ? counts[p]! : counts[p]! * counts[second[i]!]!,
      );
      return sets.map((each) => evaluateMetrics(each, metrics, weights));
    });
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
