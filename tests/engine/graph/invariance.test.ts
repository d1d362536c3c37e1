import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Graph } from '../../../src/engine/graph/graph.js';
import { readGood } from './world.js';

/** A study in which every part of the language occurs. `deg` and the like stand for a random spelling of a quantity. */
const study = (spell: Spelling): Record<string, unknown> => ({
  fx: 1,
  name: 'study',
  parameters: {
    yaw: { value: [spell.angle(-35), spell.angle(35)], within: [spell.angle(-90), spell.angle(90)], says: 'yaw' },
    sizes: [spell.count(1000), spell.count(2000)],
    light: 'ambient',
  },
  profiles: {
    mini: {
      values: { epochs: 3, network: 'small' },
      parameters: { light: 'empirical' },
      stages: { syn: { with: { samples: 2 } } },
    },
    other: { values: { epochs: 300, network: 'nn4' } },
  },
  stages: {
    syn: {
      uses: 'test/generate',
      with: {
        identities: 10,
        light: '${light}',
        pose: { yaw: 'uniform(${yaw})', pitch: spell.angle(5) },
        noise: spell.fraction(5),
      },
      resources: { memory: '2 GiB', cores: 2 },
      timeout: spell.minutes(90),
    },
    more: {
      uses: 'test/generate',
      matrix: { identities: '${sizes}', yaw: [spell.angle(15)] },
      with: { pose: { yaw: '${matrix.yaw}' } },
    },
    pre: {
      uses: 'test/train',
      with: { data: '${syn}', epochs: '${profile.epochs}', network: '${profile.network}' },
      replicates: 2,
    },
    fine: {
      uses: 'test/train',
      with: { data: '${more[identities=1k]}', start: '${pre}', epochs: 1, weights: { b: 1, a: 2 } },
    },
    check: {
      uses: 'test/verify',
      matrix: { model: ['pre', 'fine'], benchmark: ['lfw', 'ijba'] },
      with: { threshold: spell.angle(60) },
    },
    all: { uses: 'test/compare', with: { results: ['${check}'], anything: '${fine/network.onnx}' } },
  },
  report: {
    tables: [
      {
        id: 't',
        rows: { Pre: 'pre', Fine: 'fine' },
        columns: { LFW: 'lfw.accuracy' },
        published: { Pre: [0.5], Fine: [0.6] },
      },
    ],
    claims: [{ id: 'c', says: 'it helps', that: 'Pre < Fine', on: ['lfw'] }],
  },
});

interface Spelling {
  readonly angle: (degrees: number) => unknown;
  readonly count: (n: number) => unknown;
  readonly fraction: (percent: number) => unknown;
  readonly minutes: (n: number) => unknown;
}

/** Each call takes the next of some random numbers. */
const spelling = (choices: readonly number[]): Spelling => {
  let next = 0;
  const pick = (ways: readonly unknown[]): unknown => ways[choices[next++ % choices.length]! % ways.length];
  return {
    angle: (x) => pick([`${x} deg`, `${x}°`, `${x}deg`, `${x}.0 deg`, `${x}e0 °`]),
    count: (n) => pick([n, String(n), `${n / 1000}k`, `${n / 1e6}M`]),
    fraction: (p) => pick([p / 100, `${p}%`, `${p * 10}‰`]),
    minutes: (n) => pick([`${n} min`, `${n * 60} s`, `${n / 60} h`]),
  };
};

/** Of these maps the order is part of what they say. */
const ORDERED = new Set(['matrix', 'rows', 'columns']);

function shuffled(value: unknown, choices: readonly number[], key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, choices));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, shuffled(inner, choices, name)] as const);
  if (!ORDERED.has(key))
    for (let i = entries.length - 1; i > 0; i -= 1) {
      const j = choices[i % choices.length]! % (i + 1);
      [entries[i], entries[j]] = [entries[j]!, entries[i]!];
    }
  return Object.fromEntries(entries);
}

function commented(text: string, choices: readonly number[]): string {
  return text
    .split('\n')
    .flatMap((line, i) => {
      const choice = choices[i % choices.length]! % 5;
      if (choice === 0 && line !== '') return ['# a comment: "of" [all] {sorts', '', line];
      return [choice === 1 && line !== '' && !/[>|]-?$/.test(line) ? `${line}  # it's here` : line];
    })
    .join('\n');
}

/** All that the graph says, but for where it was written. */
function meaning(graph: Graph): unknown {
  return {
    ...graph,
    stages: graph.stages.map(({ id, name, coordinates, kind, parameters, inputs, externals, settings }) => ({
      id,
      name,
      coordinates,
      kind: kind.name,
      parameters,
      inputs,
      externals,
      settings,
    })),
  };
}

describe('an experiment means the same', () => {
  const choices = fc.array(fc.nat(1000), { minLength: 7, maxLength: 40 });
  const plain = async (): Promise<unknown> => meaning((await readGood(stringify(study(spelling([0]))))).graph);

  it('in any order of its keys, with any comments, in block and flow style', async () => {
    const expected = await plain();
    await fc.assert(
      fc.asyncProperty(choices, fc.constantFrom('any' as const, 'flow' as const), async (picks, collectionStyle) => {
        const text = stringify(shuffled(study(spelling([0])), picks), { collectionStyle, lineWidth: 0 });
        const { graph } = await readGood(collectionStyle === 'flow' ? text : commented(text, picks));
        assert.deepEqual(meaning(graph), expected);
      }),
      { numRuns: 60 },
    );
  });

  it('with any spelling of its quantities', async () => {
    const expected = await plain();
    await fc.assert(
      fc.asyncProperty(choices, async (picks) => {
        assert.deepEqual(meaning((await readGood(stringify(study(spelling(picks))))).graph), expected);
      }),
      { numRuns: 60 },
    );
  });

  it('split over files that extend each other', async () => {
    const expected = await plain();
    const whole = study(spelling([0]));
    const { fx, name, stages, ...rest } = whole;
    const halves = Object.entries(stages as Record<string, unknown>);
    await fc.assert(
      fc.asyncProperty(fc.subarray(halves), async (chosen) => {
        const base = { fx, name: 'base', stages: Object.fromEntries(chosen) };
        const over = {
          extends: './base.yaml',
          name,
          ...rest,
          stages: Object.fromEntries(halves.filter((one) => !chosen.includes(one))),
        };
        const { graph } = await readGood({ 'a.yaml': stringify(over), 'base.yaml': stringify(base) });
        assert.deepEqual(meaning(graph), expected);
      }),
      { numRuns: 30 },
    );
  });
});
