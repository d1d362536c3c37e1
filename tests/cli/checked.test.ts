import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { randomModel } from '../recognition/faces/model/random-model.js';
import { storedModel, writeStored } from '../recognition/faces/model/stored-model.js';
import { Project } from './project.js';

/** What is wrong with numbers and files that only the stage kind understands is said before anything runs. */
describe('a stage of faces that cannot run', function () {
  this.timeout(60_000);
  let project: Project;
  before(async () => {
    project = new Project({
      'empty/readme.txt': 'No images here.\n',
      'text.h5': 'Not a model.\n',
    });
    const at = (name: string): string => join(project.directory, name);
    await writeStored(
      at('bare.h5'),
      new Map([['shape/version/majorVersion', { data: new Int32Array([0]), shape: [] }]]),
    );
    const model = randomModel(30, 5, 3, 4);
    await writeStored(at('noise.h5'), storedModel(model));
    const broken = storedModel({ ...model, shape: { ...model.shape, mean: model.shape.mean.map(() => NaN) } });
    await writeStored(
      at('nan.h5'),
      broken.set('shape/representer/points', storedModel(model).get('shape/representer/points')!),
    );
  });
  after(() => project.remove());

  const cases: Readonly<Record<string, readonly [given: readonly string[], at: string, says: RegExp]>> = {
    'more components than the embedded model has': [
      ['shape: { components: 300 }'],
      'components: 300',
      /300 shape components are asked for; the model embedded has 80/,
    ],
    'a model that is not an HDF5 file': [['model: text.h5'], 'text.h5', /text\.h5 is not an HDF5 file/],
    'a model without its data sets': [
      ['model: bare.h5'],
      'bare.h5',
      /bare\.h5 has no dataset \/shape\/representer\/points/,
    ],
    'a model with a number that is none': [['model: nan.h5'], 'nan.h5', /NaN/],
    'a model that lacks a landmark': [
      ['model: noise.h5'],
      'noise.h5',
      /noise\.h5 lacks the landmark right\.eye\.pupil\.center that alignment needs/,
    ],
    'a folder of lights without a light': [
      ['light: { type: folder, folder: empty }'],
      'empty }',
      /empty holds no \.rps file/,
    ],
    'a background folder without an image': [
      ['background: { type: folder, folder: empty }'],
      'empty }',
      /empty holds no image/,
    ],
    'an image size out of range': [['size: 5000'], '5000', /4096/],
    'a range the wrong way round': [['pose: { yaw: uniform(30 deg, -30 deg) }'], 'uniform(30', /30/],
    'no samples': [['samples: 0'], '0\n', /samples/],
  };
  for (const [name, [given, at, says]] of Object.entries(cases)) {
    it(`${name}: check, plan and run name it where it was written`, async () => {
      const lines = [
        'fx: 1',
        'name: e',
        'stages:',
        '  faces:',
        '    uses: faces/generate',
        '    with:',
        '      identities: 2',
        ...given.map((line) => `      ${line}`),
        '',
      ];
      project.write('e.yaml', lines.join('\n'));
      const line = lines.findIndex((text) => text.includes(given[0]!)) + 1;
      const column = `${lines[line - 1]!}\n`.indexOf(at.startsWith('components') ? '300' : at) + 1;
      for (const command of ['check', 'plan', 'run']) {
        const { code, err } = await project.fx(command, 'e.yaml');
        assert.match(err, says, command);
        assert.ok(err.includes(`e.yaml:${line}:${column}`), `${command}: ${err}`);
        assert.notEqual(code, 0, command);
      }
      for (const folder of ['cache/blobs', 'reports']) assert.ok(!existsSync(join(project.directory, folder)), folder);
    });
  }
});

const KIND = `
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const wary = {
  name: 'wary', says: 'Looks before it leaps.', produces: 'files',
  parameters: { json: { type: 'object', properties: { text: { type: 'string' } }, additionalProperties: false } },
  check: async ({ text }) => {
    appendFileSync(process.env.FX_TEST_LEDGER, 'asked\\n');
    return text === 'b' ? [{ code: 'wary/b', severity: 'error', message: 'b is not to be had', pointer: '/text' }] : [];
  },
  run: async ({ workspace }) => {
    appendFileSync(process.env.FX_TEST_LEDGER, 'ran\\n');
    writeFileSync(join(workspace, 'out.txt'), 'out');
    return { ok: true, value: {} };
  },
};
`;

describe('a stage kind that checks what it is given', function () {
  this.timeout(60_000);
  let project: Project;
  before(() => (project = new Project({ 'stages/wary.ts': KIND })));
  after(() => project.remove());
  const write = (text: string): void =>
    project.write(
      'e.yaml',
      `fx: 1\nname: e\nstages:\n  one:\n    uses: ./stages/wary.ts#wary\n    with:\n      text: ${text}\n`,
    );

  it('is asked while its result is not known, and no more afterwards', async () => {
    write('a');
    for (const command of ['check', 'plan']) {
      assert.equal((await project.fx(command, 'e.yaml')).code, 0);
      assert.deepEqual(project.executed(), ['asked'], command);
    }
    await project.fx('run', 'e.yaml');
    assert.deepEqual(project.executed(), ['asked', 'ran']);
    for (const command of ['check', 'plan', 'run']) await project.fx(command, 'e.yaml');
    assert.deepEqual(project.executed(), []);
  });

  it('does not run what it objects to', async () => {
    write('b');
    for (const command of ['check', 'plan', 'run']) {
      const { code, err } = await project.fx(command, 'e.yaml');
      assert.notEqual(code, 0, command);
      assert.match(err, /b is not to be had/, command);
      assert.ok(err.includes('e.yaml:7:13'), err);
    }
    assert.deepEqual(project.executed(), ['asked', 'asked', 'asked']);
  });
});
