import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Project } from './project.js';

const MANIFEST = {
  name: '@lab/vision',
  version: '1.2.0',
  type: 'module',
  exports: './kinds.js',
  fx: { kinds: ['blur'] },
  peerDependencies: { runpaper: '*' },
};

const KINDS = `
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { count, fraction, object, ok } from 'runpaper/stage';
import { sharpness } from './sharpness.js';
if (process.env.MARKER) writeFileSync(process.env.MARKER, 'loaded');

export const blur = {
  name: 'blur',
  says: 'Blurs what there is.',
  produces: 'sharpness',
  parameters: object({ strength: fraction({ says: 'How much.' }), seed: count({ says: 'Of the noise.', default: 0 }) }, { says: 'x' }),
  metrics: { sharp: { says: 'What is left.', better: 'higher', label: 'Sharpness' } },
  shows: {
    colour: '#123456',
    notice: { on: 'invented pictures', says: 'No picture was ever taken.' },
    figures: {
      falloff: {
        shape: 'curves', says: 'Sharpness by distance.', axes: { x: 'distance', y: 'sharpness' },
        line: async ([result]) => JSON.parse(readFileSync(result.locate('falloff.json'), 'utf8')),
      },
    },
    exports: { words: { says: 'In words.', unit: 'words', write: async (result, folder) => { writeFileSync(join(folder, 'words.txt'), 'sharp'); return ok(1); } } },
  },
  run: async ({ parameters: { strength, seed }, workspace }) => {
    appendFileSync(process.env.FX_TEST_LEDGER, 'blur ' + strength + '\\n');
    writeFileSync(join(workspace, 'falloff.json'), JSON.stringify([[0, 1], [1, 1 - strength]]));
    return ok({ metrics: { sharp: sharpness(strength, seed) } });
  },
};
export const other = 3;
`;

const STUDY = `fx: 1
name: study
stages:
  b: { uses: '@lab/vision#blur', matrix: { s: [0.1, 0.5] }, replicates: 2, with: { strength: '\${matrix.s}' } }
report:
  tables:
    - { id: t, from: b, rows: { Little: 0.1, Much: 0.5 }, columns: { Sharp: b.sharp } }
  figures:
    - { id: f, type: falloff, from: b, rows: { Little: 0.1, Much: 0.5 } }
  claims:
    - { id: c, says: Less blur is sharper., that: Much < Little, on: [Sharp] }
`;

describe('a package of stage kinds', function () {
  this.timeout(300_000);
  let project: Project;

  beforeEach(() => {
    project = new Project({
      'package.json': JSON.stringify({ name: 'study', private: true, dependencies: { '@lab/vision': '^1.0.0' } }),
      'study.yaml': STUDY.replace('columns: { Sharp: b.sharp }', 'columns: { Sharp: sharp }'),
    });
    install(project.directory);
  });
  afterEach(() => project.remove());

  function put(path: string, text: string): void {
    mkdirSync(dirname(join(project.directory, path)), { recursive: true });
    writeFileSync(join(project.directory, path), text);
  }

  function install(folder: string): void {
    const place = join(folder, 'node_modules/@lab/vision');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), JSON.stringify(MANIFEST));
    writeFileSync(join(place, 'kinds.js'), KINDS);
    writeFileSync(
      join(place, 'sharpness.js'),
      'export const sharpness = (strength, seed) => 1 - strength + (seed % 7) / 1000;\n',
    );
    writeFileSync(join(place, 'README.md'), 'Words.');
    symlinkSync(resolve('.'), join(folder, 'node_modules/runpaper'));
  }

  async function fx(...words: readonly string[]): Promise<string> {
    const { code, out, err } = await project.fx(...words);
    assert.equal(code, 0, `${words.join(' ')}: ${out}${err}`);
    return out + err;
  }

  it('is used from check to report, with its words, its figure, its notice and its export', async () => {
    assert.match(await fx('kinds'), /@lab\/vision#blur +Blurs what there is/);
    assert.match(await fx('kinds', '@lab/vision#blur'), /strength[^]*How much[^]*/);
    await fx('check', 'study.yaml');
    assert.match(await fx('run', 'study.yaml'), /4 executed/);
    const report = JSON.parse(readFileSync(join(project.directory, 'reports/study/default/report.json'), 'utf8')) as {
      notices?: unknown;
      claims: readonly { verdict: string }[];
    };
    assert.match(JSON.stringify(report), /No picture was ever taken/);
    assert.match(readFileSync(join(project.directory, 'reports/study/default/report.html'), 'utf8'), /distance/);
    assert.match(await fx('graph', 'study.yaml', '--format', 'svg'), /#123456/);
    await fx('get', 'study.yaml', 'b[s=0.1,replicate=1]', '--as', 'words', '--to', 'out');
    assert.equal(readFileSync(join(project.directory, 'out/words.txt'), 'utf8'), 'sharp');
    assert.match(await fx('run', 'study.yaml'), /4 reused/);
    await fx('verify', 'study.yaml');
  });

  it('says in the schemas of editors what its kinds take', async () => {
    await fx('kinds', '--schemas', 'schemas');
    const schema = readFileSync(join(project.directory, 'schemas/experiment.schema.json'), 'utf8');
    assert.match(schema, /"const": "@lab\/vision#blur"/);
    const [, file] = /"(stages\/[^"]*vision[^"]*)"/.exec(schema)!;
    assert.match(readFileSync(join(project.directory, 'schemas', file!), 'utf8'), /How much/);
  });

  it('is in the keys by its version and by what it brings, but for words about it', async () => {
    await fx('run', 'study.yaml');
    put('node_modules/@lab/vision/README.md', 'Other words.');
    assert.match(await fx('plan', 'study.yaml'), /^known/m);
    put('node_modules/@lab/vision/package.json', JSON.stringify({ ...MANIFEST, version: '1.3.0' }));
    const newer = await fx('plan', 'study.yaml');
    assert.doesNotMatch(newer, /^known/m);
    assert.match(newer, /@lab\/vision/);
    put('node_modules/@lab/vision/package.json', JSON.stringify(MANIFEST));
    assert.match(await fx('plan', 'study.yaml'), /^known/m);
    put('node_modules/@lab/vision/sharpness.js', 'export const sharpness = () => 0;\n');
    assert.doesNotMatch(await fx('plan', 'study.yaml'), /^known/m);
    assert.match(await fx('why', 'study.yaml', 'b[s=0.1,replicate=1]'), /sharpness\.js/);
  });

  it('that throws is told by its own file and line', async () => {
    put(
      'node_modules/@lab/vision/kinds.js',
      KINDS.replace('return ok({', "throw new Error('no luck');\n    return ok({"),
    );
    const { code, err } = await project.fx('run', 'study.yaml', '--no-report');
    assert.equal(code, 1, err);
    assert.match(err, /threw Error: no luck \(at .*\/node_modules\/@lab\/vision\/kinds\.js:\d+:11\)/);
  });

  it('that is not installed, or has no such kind, is told at its line', async () => {
    const refused = async (uses: string): Promise<string> => {
      put('study.yaml', STUDY.replace('@lab/vision#blur', uses));
      const { code, err } = await project.fx('check', 'study.yaml');
      assert.equal(code, 2, err);
      assert.match(err, /study\.yaml:4/);
      return err;
    };
    assert.match(
      await refused('@lab/sound#echo'),
      /package @lab\/sound is imported and not installed[^]*npm install @lab\/sound/,
    );
    assert.match(await refused('@lab/vision#sharpen'), /@lab\/vision exports no sharpen/);
    assert.match(await refused('@lab/vision#other'), /other of @lab\/vision is not a stage kind/);
    assert.match(await refused('@lab/vision#'), /is not the name of a stage kind/);
  });

  it('is not loaded for an experiment that came in a bundle, wherever the package lies', async () => {
    await fx('run', 'study.yaml');
    await fx('export', 'study.yaml', '--to', 'study.zip');
    await fx('import', 'study.zip', 'theirs');
    // As a bundle would bring it, were it to bring folders of packages.
    rmSync(join(project.directory, 'theirs/node_modules'), { recursive: true, force: true });
    install(join(project.directory, 'theirs'));
    const marker = join(project.directory, 'marker');
    for (const words of [['check'], ['plan'], ['run', '--force'], ['report'], ['verify', '--audit', '5%']]) {
      const { code, err, out } = await project.startWith({ MARKER: marker }, ...words, 'theirs/study.yaml').finished;
      assert.notEqual(code, 0, words.join(' ') + out);
      assert.match(err, /came in a bundle: its module @lab\/vision#blur is not run/);
    }
    assert.throws(() => readFileSync(marker), 'nothing of it was loaded');
    const { code, err } = await project.startWith({ MARKER: marker }, 'plan', 'theirs/study.yaml', '--trust').finished;
    assert.equal(code, 0, err);
    assert.equal(readFileSync(marker, 'utf8'), 'loaded');
  });
});
