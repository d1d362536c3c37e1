import assert from 'node:assert/strict';
import { ok } from '../../../src/foundation/failures/result.js';
import { count, map, object, optional, text } from '../../../src/foundation/schema/schema.js';
import type { AnyStageKind } from '../../../src/engine/stage.js';
import type { ReportPlan } from '../../../src/engine/run/record.js';
import { registryOf, testKinds } from './kinds.js';
import { readGood, stageOf, told } from './world.js';

const GENERATE = 'uses: test/generate';

/** A kind that takes names of the user's and says what it measures. */
const measured: AnyStageKind = {
  name: 'test/measured',
  says: 'Measures.',
  parameters: object(
    {
      n: count({ says: 'How many.', default: 1 }),
      fast: count({ says: 'Whether the rate is measured.', default: 0 }),
      given: optional(map(text({ says: 'A text.' }), { says: 'Texts by name.' })),
    },
    { says: 'Parameters.' },
  ),
  produces: 'numbers',
  metrics: (p: unknown) => ({
    accuracy: { says: 'Share that is right.', better: 'higher' },
    constructor: { says: 'A name of JavaScript.' },
    ...((p as { fast: number }).fast > 0 ? { rate: { says: 'A second.' } } : {}),
  }),
  run: () => Promise.resolve(ok({})),
};
const kinds = registryOf([...testKinds, measured]);

async function planOf(yaml: string): Promise<ReportPlan> {
  const { graph } = await readGood(`fx: 1\nname: t\n${yaml}`, { kinds });
  return graph.report as unknown as ReportPlan;
}

describe('the order of a map', () => {
  const stages = 'stages:\n  m: { uses: test/measured, matrix: { n: [100, 20, 3] } }\n';
  const table = (rows: string, more = ''): string =>
    `${stages}report: { tables: [{ id: x, from: m, rows: ${rows}, columns: { acc: accuracy } ${more} }] }\n`;

  it('is that of the file for rows with whole numbers as labels', async () => {
    const { tables } = await planOf(table(`{ none: '3', '100': '100', 20: '20' }`));
    assert.deepEqual(
      tables[0]!.rows.map(({ label }) => label),
      ['none', '100', '20'],
    );
    assert.deepEqual(tables[0]!.cells.flat(2), ['m[n=3]', 'm[n=100]', 'm[n=20]']);
  });

  it('keeps published numbers beside their columns', async () => {
    const { tables } = await planOf(
      `${stages}report: { tables: [{ id: x, from: m, rows: { b: '3' }, columns: { '10': '100.accuracy', x: accuracy, '2': 20.accuracy }, published: { b: [1, 2, 3] } }] }\n`
        .replace(`rows: { b: '3' }`, `rows: { b: m }`)
        .replace(`x: accuracy, `, `x: 3.accuracy, `),
    );
    assert.deepEqual(
      tables[0]!.columns.map(({ label, of }) => [label, of]),
      [
        ['10', '100'],
        ['x', '3'],
        ['2', '20'],
      ],
    );
    assert.deepEqual(tables[0]!.published, [[1, 2, 3]]);
  });

  it('is that of the file for the curves of a figure, and outlives JSON', async () => {
    const plan = await planOf(
      `${stages}report: { figures: [{ type: roc, id: r, from: m, rows: { '7': '100', a: '3', '5': '20' } }] }\n`,
    );
    const [figure] = (JSON.parse(JSON.stringify(plan)) as ReportPlan).figures;
    assert.ok(figure?.shape === 'curves');
    assert.deepEqual(
      figure.rows.map(({ label }) => label),
      ['7', 'a', '5'],
    );
  });

  it('is that of the file for axes and their values', async () => {
    const { graph } = await readGood(
      `fx: 1\nname: t\nstages:\n  m: { uses: test/measured, matrix: { n: { '9': 1, b: 2, '4': 3 }, fast: [1, 0] } }\n`,
      { kinds },
    );
    assert.deepEqual(
      graph.stages.map(({ id }) => id),
      ['9', 'b', '4'].flatMap((n) => ['1', '0'].map((fast) => `m[n=${n},fast=${fast}]`)),
    );
  });
});

describe('a name that JavaScript has too', () => {
  it('is a name like any other for stages, parameters, axes and profiles', async () => {
    const { graph } = await readGood(
      `fx: 1
name: toString
parameters: { constructor: 3, hasOwnProperty: { value: 5, type: count } }
profiles: { valueOf: { values: { toString: 7 } } }
stages:
  toLocaleString: { ${GENERATE}, with: { identities: '\${constructor}', samples: '\${hasOwnProperty}' } }
  isPrototypeOf: { ${GENERATE}, matrix: { identities: { toString: 2, constructor: 4 } }, with: { samples: '\${profile.toString}' } }
`,
    );
    assert.equal(graph.profile, 'valueOf');
    assert.equal(stageOf(graph, 'toLocaleString').parameters.identities, 3);
    assert.equal(stageOf(graph, 'toLocaleString').parameters.samples, 5);
    assert.equal(stageOf(graph, 'isPrototypeOf[identities=constructor]').parameters.identities, 4);
    assert.equal(stageOf(graph, 'isPrototypeOf[identities=toString]').parameters.samples, 7);
  });

  it('is kept in a map of a kind', async () => {
    const { graph } = await readGood(
      `fx: 1\nname: t\nstages:\n  m: { uses: test/measured, with: { given: { constructor: a, toString: b, valueOf: c, other: d } } }\n`,
      { kinds },
    );
    assert.deepEqual(Object.entries(graph.stages[0]!.parameters.given as object), [
      ['constructor', 'a'],
      ['toString', 'b'],
      ['valueOf', 'c'],
      ['other', 'd'],
    ]);
  });

  it('is no unit, no distribution, no type, no metric and no reference that happens to be there', async () => {
    const yaml = (stage: string): string =>
      `fx: 1\nname: t\nstages:\n  s: { ${GENERATE}, with: { identities: ${stage} } }\n`;
    assert.match(await told(yaml('5 constructor')), /there is no unit `constructor`/);
    assert.match(await told(yaml('5, pose: { yaw: toString(1) }')), /there is no distribution `toString`/);
    assert.match(await told(yaml('${valueOf}').replace('${valueOf}', "'${valueOf}'")), /no parameter, .*`valueOf`/);
    assert.match(
      await told(`fx: 1\nname: t\nparameters: { a: { type: constructor, value: 3, within: [1, 2] } }\nstages: {}\n`),
      /must be one of/,
    );
    const table = 'report: { tables: [{ id: x, from: m, rows: { a: m }, columns: { c: valueOf } }] }\n';
    assert.match(
      await told(`fx: 1\nname: t\nstages: { m: { uses: test/measured } }\n${table}`, { kinds }),
      /m does not measure `valueOf`/,
    );
  });
});

describe('a name', () => {
  const wrong = (yaml: string): Promise<string> => told(`fx: 1\nname: t\n${yaml}`, { kinds });
  const stages = `stages: { s: { ${GENERATE}, with: { identities: 1 } } }\n`;

  for (const name of ['../../x', '..', '.hidden', 'a/b', '/tmp/x', 'a b', '"a\\nb"', '"\\e[31m"', 'x'.repeat(101)])
    it(`of a profile is no path: ${name.slice(0, 20)}`, async () => {
      assert.match(
        await wrong(`profiles: { ${name}: {} }\n${stages}`),
        /is no name for a profile.*experiment\/bad-name/s,
      );
    });

  it('of a stage, a parameter, a value of a profile and an axis can stand in a reference', async () => {
    const bad = ['a/b', '2x', 'a.b', "'a b'", "'a]'", "''"];
    for (const name of bad) {
      assert.match(
        await wrong(`stages: { ${name}: { ${GENERATE}, with: { identities: 1 } } }\n`),
        /no name for a stage/,
      );
      assert.match(await wrong(`parameters: { ${name}: 1 }\n${stages}`), /no name for a parameter/);
      assert.match(await wrong(`profiles: { p: { values: { ${name}: 1 } } }\n${stages}`), /no name for a value/);
      assert.match(
        await wrong(`stages: { s: { ${GENERATE}, matrix: { ${name}: [1] }, with: { identities: 1 } } }\n`),
        /no name for an axis/,
      );
    }
  });

  it('of a table, a figure and a claim names a file', async () => {
    for (const id of ['../x', 'a/b', "'a b'", '.x']) {
      assert.match(await wrong(`${stages}report: { tables: [{ id: ${id}, rows: {}, columns: {} }] }\n`), /tables.0.id/);
      assert.match(await wrong(`${stages}report: { figures: [{ type: graph, id: ${id} }] }\n`), /figures.0.id/);
    }
  });

  it('that heads a row or a column holds no control characters', async () => {
    for (const label of ['"a\\nb"', '"\\e]0;title\\a"', '"\\u009b31m"', "' a'", "''"]) {
      const of = (rows: string, columns: string): string =>
        `${stages}report: { tables: [{ id: x, rows: { ${rows} }, columns: { ${columns} } }] }\n`;
      assert.match(await wrong(of(`${label}: s`, 'c: m')), /is no name for a row/);
      assert.match(await wrong(of('r: s', `${label}: m`)), /is no name for a column/);
    }
  });

  it('or a text with a NUL is refused where it is written', async () => {
    assert.match(await wrong(`parameters: { a: "x\\0y" }\n${stages}`), /text cannot hold a NUL.*a\.yaml:3:18/s);
    assert.match(await wrong(`stages: { s: { uses: test/measured, with: { given: { a: "\\0" } } } }\n`), /NUL/);
    assert.match(await wrong(`stages: { s: { uses: test/measured, with: { given: { "a\\0": b } } } }\n`), /NUL/);
  });
});

describe('a metric that is asked for', () => {
  const of = (columns: string, more = ''): string =>
    `fx: 1\nname: t\nstages:\n  m: { uses: test/measured, matrix: { fast: [0, 1] } }\n  g: { ${GENERATE}, with: { identities: 1 } }\nreport:\n  tables: [{ id: x, from: m, rows: { slow: '0', fast: '1' }, columns: { ${columns} } }]\n${more}`;

  it('and that no stage of the column measures is an error with the nearest known', async () => {
    const words = await told(of('acc: acuracy'), { kinds });
    assert.match(words, /a\.yaml:7:\d+/);
    assert.match(words, /m\[fast=0\] and 1 more do not measure `acuracy`/);
    assert.match(words, /did you mean `accuracy`\?/);
  });

  it('may be measured by some of the stages alone', async () => {
    await readGood(of('acc: accuracy, rate: rate, odd: constructor'), { kinds });
  });

  it('by a claim is judged too', async () => {
    const claim = (on: string): string => `  claims: [{ id: c, says: it is, that: slow < fast, on: [${on}] }]\n`;
    assert.match(await told(of('acc: accuracy', claim('1.ratte')), { kinds }), /unknown|no stage has|does not measure/);
    await readGood(of('acc: accuracy', claim('acc')), { kinds });
  });

  it('of a kind that declares none is left to the report', async () => {
    await readGood(
      `fx: 1\nname: t\nstages: { g: { ${GENERATE}, with: { identities: 1 } } }\nreport: { tables: [{ id: x, rows: { a: g }, columns: { c: anything } }] }\n`,
    );
  });
});
