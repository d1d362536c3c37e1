import assert from 'node:assert/strict';
import { command } from '../../../src/plugins/command/kind.js';
import { registryOf, testKinds } from './kinds.js';
import { readGood, told } from './world.js';

const kinds = registryOf([...testKinds, command]);
const B = '  b: { uses: test/generate, with: { identities: 1 } }\n';

const words = (stages: string, more = ''): Promise<string> =>
  told(`fx: 1\nname: t\n${more}stages:\n${B}${stages}`, { kinds });

describe('a stage where a value is wanted', () => {
  for (const [name, given] of [
    ['a count', "identities: '${b}'"],
    ['a fraction', "identities: 1, noise: '${b}'"],
    ['a length', "identities: 1, distance: '${b}'"],
    ['a word', "identities: 1, light: '${b}'"],
    ['a distribution', "identities: 1, pose: { yaw: '${b}' }"],
    ['a text in a list', "identities: 1, labels: [x, '${b}']"],
    ['a map', "identities: 1, pose: '${b}'"],
    ['a union', "identities: 1, model: '${b}'"],
    ['the word of a union', "identities: 1, model: { type: '${b}' }"],
    ['an external input', "identities: 1, backgrounds: '${b}'"],
  ] as const)
    it(`is an error at its line: ${name}`, async () => {
      const said = await words(`  c: { uses: test/generate, with: { ${given} } }\n`);
      assert.match(said, /a\.yaml:5:/);
      assert.match(said, /the stage `b`|must be one of/);
    });

  for (const [name, given] of [
    ['flags', "shuffle: '${b}'"],
    ['a table', "schedule: [[0, '${b}']]"],
    ['a value of a map', "weights: { a: '${b}' }"],
    ['text', "network: '${b}'"],
  ] as const)
    it(`is an error at its line: ${name}`, async () => {
      const said = await words(`  c: { uses: test/train, with: { data: '\${b}', epochs: 1, ${given} } }\n`);
      assert.match(said, /a\.yaml:5:/);
      assert.match(said, /the stage `b`/);
    });

  for (const [name, given] of [
    ['an argument', "run: [cp, '${b}', o]"],
    ['the program', "run: ['${b}']"],
    ['a variable', "run: [x], variables: { A: '${b}' }"],
    ['standard input', "run: [x], stdin: '${b}'"],
    ['an output', "run: [x], inherit: ['${b}']"],
    ['a version', "run: [x], versions: [[python3, '${b}']]"],
  ] as const)
    it(`is an error in a command: ${name}`, async () => {
      const said = await words(`  c: { uses: command, with: { outputs: [o], ${given} } }\n`);
      assert.match(said, /a\.yaml:5:/);
      assert.match(said, /the stage `b`/);
    });

  it('is an error through parameters, axes and profiles', async () => {
    const c = (value: string): string => `  c: { uses: test/generate, with: { identities: '${value}' } }\n`;
    assert.match(await words(c('${n}'), "parameters: { n: '${b}' }\n"), /must be a count .*the stage `b`/);
    assert.match(
      await words('', "parameters: { n: { type: count, value: '${b}' } }\n"),
      /`n` must be a count.*the stage `b`/,
    );
    assert.match(
      await words('', "parameters: { n: { type: text, value: '${b}' } }\n"),
      /`n` must be text.*the stage `b`/,
    );
    assert.match(await words('', "parameters: { n: { type: count, value: [1, '${b}'] } }\n"), /the stage `b`/);
    assert.match(await words(c('${profile.n}'), "profiles: { p: { values: { n: '${b}' } } }\n"), /the stage `b`/);
    assert.match(
      await words("  c: { uses: test/generate, matrix: { identities: [1, '${b}'] } }\n"),
      /the stage `b`.*\(in c\[identities=b\]\)/,
    );
  });

  it('is an error in how a stage runs, and in the report', async () => {
    const c = (more: string): string => `  c: { uses: test/generate, with: { identities: 1 }, ${more} }\n`;
    assert.match(await words(c("timeout: '${b}'")), /the stage `b`/);
    assert.match(await words(c("resources: { cores: '${b}' }")), /the stage `b`/);
    assert.match(await words(c("replicates: '${b}'")), /must be a count/);
    const table = (more: string): string => `report: { tables: [{ id: x, columns: { c: m }, ${more} }] }\n`;
    assert.match(await words('', table("rows: { r: '${b}' }")), /the stage `b`/);
    assert.match(await words('', table("rows: { r: b }, digits: '${b}'")), /the stage `b`/);
    assert.match(await words('', table("rows: { r: b }, title: '${b}'")), /the stage `b`/);
  });

  it('cannot hide a circle', async () => {
    const said = await words(
      "  c: { uses: command, with: { outputs: [o], run: [cp, '${d}', o] } }\n  d: { uses: command, with: { outputs: [o], run: [cp, '${c}', o] } }\n",
    );
    assert.match(said, /the stage `d`/);
    assert.match(said, /the stage `c`/);
  });
});

describe('references in what nothing uses', () => {
  it('are judged all the same', async () => {
    const unused = (value: string): Promise<string> => words('', `profiles: { p: { values: { n: ${value} } } }\n`);
    assert.match(await unused("'${nothing}'"), /unknown-reference/);
    assert.match(await unused("'${'"), /bad-reference/);
    assert.match(await unused("'${profile.n}'"), /in a circle/);
    assert.match(
      await words('', "parameters: { n: { type: any, value: { a: ['${nothing}'] } } }\n"),
      /unknown-reference/,
    );
  });
});

describe('the words of a command', () => {
  it('may be numbers and flags, which stand as they are written', async () => {
    const { graph } = await readGood(
      `fx: 1
name: t
parameters: { n: 0.50, k: 10k }
stages:
  c: { uses: command, with: { outputs: [o], run: [sleep, 5, 1e-3, 0x10, -1, +2, .5, 1.0, 007, true, '\${n}', 'x=\${n}', '\${k}'], variables: { N: 3, F: false }, versions: [[python, 3.10]] } }
`,
      { kinds },
    );
    const { run, variables, versions } = graph.stages[0]!.parameters;
    assert.deepEqual(run, [
      'sleep',
      '5',
      '1e-3',
      '0x10',
      '-1',
      '+2',
      '.5',
      '1.0',
      '007',
      'true',
      '0.50',
      'x=0.50',
      '10k',
    ]);
    assert.deepEqual(variables, { N: '3', F: 'false' });
    assert.deepEqual(versions, [['python', '3.10']]);
  });

  it('are no lists, maps or nothing', async () => {
    for (const word of ['[a]', '{ a: b }', '~', ''])
      assert.match(await words(`  c: { uses: command, with: { outputs: [o], run: [x, ${word}, y] } }\n`), /a\.yaml:5:/);
  });

  it('and the names of its inputs and variables make no paths', async () => {
    const c = (more: string): Promise<string> =>
      words(`  c: { uses: command, with: { outputs: [o], run: [x], ${more} } }\n`);
    for (const name of ['../x', '/x', 'a/b', '.x', "'a b'", '"a\\0"']) {
      assert.match(await c(`inputs: { ${name}: '\${b}' }`), /no name for an input|NUL/);
      assert.match(await c(`sources: { ${name}: a.yaml }`), /no name for an input|NUL/);
    }
    for (const name of ['A=B', "'A B'", '2A', "''"])
      assert.match(await c(`variables: { ${name}: x }`), /environment variable/);
  });
});
