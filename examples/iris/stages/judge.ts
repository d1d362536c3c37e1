import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  count,
  encodeOutcomes,
  external,
  meanOutcome,
  object,
  ok,
  onlyFile,
  outcomesOf,
  OUTCOMES_FILE,
  word,
  type StageKind,
  type Value,
} from 'runpaper/stage';

const parameters = object(
  {
    data: external('file', { says: 'Rows of four lengths and a species, as JSON.' }),
    classifier: word(['centroid', 'neighbour'], { says: 'What a flower is compared with.' }),
    flowers: count({ says: 'How many of each species it learns from.', min: 1, max: 30 }),
    seed: count({ says: 'Which.', default: 0 }),
  },
  { says: 'Learns iris species.' },
);

type Point = readonly number[];

/** The same as judge.py, in another language: the table of one is the table of the other. */
export const judge: StageKind<Value<typeof parameters>> = {
  name: 'iris/judge',
  says: 'Learns iris species from a few flowers of each, and judges those held out.',
  parameters,
  produces: 'outcomes',
  metrics: { accuracy: { says: 'The share of flowers whose species was right.', better: 'higher' } },
  run: ({ parameters: { data, classifier, flowers, seed }, workspace }) => {
    const rows = JSON.parse(readFileSync(data.locate(onlyFile(data)), 'utf8')) as (readonly [...number[], string])[];
    const irises = rows.map((row) => ({ point: row.slice(0, 4) as Point, name: row[4] as string }));
    const species = [...new Set(irises.map(({ name }) => name))].sort();
    const of = (name: string): readonly Point[] =>
      irises.filter((each) => each.name === name).map(({ point }) => point);
    const known = species.flatMap((name, k) => {
      const points = drawn(of(name).slice(0, 30), flowers, ((seed + k) % 2147483646) + 1);
      return (classifier === 'centroid' ? [centre(points)] : points).map((point) => ({ point, name }));
    });
    const held = species.flatMap((name) =>
      of(name)
        .slice(30)
        .map((point, i) => ({ item: `${name} ${i + 31}`, name, point })),
    );
    const right = held.map(({ point, name }) => {
      const nearest = known.reduce((a, b) => (distance(b.point, point) < distance(a.point, point) ? b : a));
      return nearest.name === name ? 1 : 0;
    });
    const accuracy = meanOutcome('accuracy', right, { bounds: [0, 1] });
    const outcomes = outcomesOf({ items: held.map(({ item }) => item), metrics: [accuracy] });
    writeFileSync(join(workspace, OUTCOMES_FILE), encodeOutcomes(outcomes));
    return Promise.resolve(ok({ metrics: { accuracy: accuracy.value } }));
  },
};

/** `count` of the points, by a generator that is easily had in any language (Park and Miller 1988). */
function drawn(points: readonly Point[], count: number, state: number): readonly Point[] {
  const left = [...points];
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return left.splice(Math.floor((state / 2147483647) * left.length), 1)[0]!;
  });
}

function centre(points: readonly Point[]): Point {
  return points[0]!.map((_, i) => points.reduce((sum, point) => sum + point[i]!, 0) / points.length);
}

function distance(a: Point, b: Point): number {
  return a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0);
}
