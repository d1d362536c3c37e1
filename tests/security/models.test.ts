import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, type openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBfmHdf5, surveyBfmHdf5 } from '../../src/plugins/recognition/faces/model/bfm-hdf5.js';
import { FX } from '../cli/project.js';

/** The very object that CommonJS modules call. */
const fs = createRequire(import.meta.url)('node:fs') as { openSync: typeof openSync };

const FIXTURES = 'tests/security/fixtures/models';
/** What the fixtures name (scripts/fixtures/hostile_models.py), for a path of the same length in its place. */
const OUTSIDE = `/OUTSIDE${'/.'.repeat(60)}/secret.h5`;

const EXPERIMENT = `fx: 1
name: faces
stages:
  faces:
    uses: faces/generate
    with: { model: model.h5, identities: 1, samples: 1, size: 32 }
`;

describe('a morphable model that means harm, in a bundle', function () {
  this.timeout(60_000);
  let desk: string;
  let secret: string;
  beforeEach(() => {
    desk = mkdtempSync(join(tmpdir(), 'fx-desk-'));
    mkdirSync(join(desk, 'study'));
    mkdirSync(join(desk, 's'));
    secret = join(desk, 's/secret.h5');
    writeFileSync(secret, readFileSync(join(FIXTURES, 'honest.h5')));
    writeFileSync(join(desk, 'study/package.json'), '{ "private": true }');
    writeFileSync(
      join(desk, 'study/.fx-bundle.json'),
      JSON.stringify({ schema: 'fx/bundle-origin@1', trusted: false }),
    );
    writeFileSync(join(desk, 'study/a.yaml'), EXPERIMENT);
  });
  afterEach(() => rmSync(desk, { recursive: true }));

  /** The model of a fixture, with what it names outside in its place. */
  function put(fixture: string): string {
    const bytes = readFileSync(join(FIXTURES, fixture));
    const filling = OUTSIDE.length - secret.length;
    const path = `${join(desk, 's')}${filling % 2 === 0 ? '' : '/'}${'/.'.repeat(filling >> 1)}/secret.h5`;
    assert.equal(path.length, OUTSIDE.length);
    // Virtual sources stand under a checksum: theirs leads nowhere.
    if (fixture !== 'virtual.h5')
      for (let at = bytes.indexOf(OUTSIDE); at >= 0; at = bytes.indexOf(OUTSIDE)) bytes.write(path, at);
    writeFileSync(join(desk, 'study/model.h5'), bytes);
    return join(desk, 'study/model.h5');
  }

  /** Runs the experiment; `opened` is what of the secret was, as far as strace is there to see. */
  function run(): { readonly code: number | null; readonly err: string; readonly opened: readonly string[] } {
    const log = join(desk, 'strace');
    const traced = spawnSync('strace', ['-V']).status === 0;
    const watch = ['-f', '-qq', '-e', 'trace=open,openat,openat2,creat', '-o', log, process.execPath];
    const [program, first] = traced ? ['strace', watch] : [process.execPath, []];
    const env = { ...process.env, XDG_CACHE_HOME: join(desk, 'house'), NO_COLOR: '1' };
    const ran = spawnSync(program, [...first, FX, 'run', 'study/a.yaml'], { cwd: desk, env, timeout: 50_000 });
    const lines = traced ? readFileSync(log, 'utf8').split('\n') : [];
    return { code: ran.status, err: String(ran.stderr), opened: lines.filter((line) => line.includes('secret.h5')) };
  }

  const harmful: Readonly<Record<string, RegExp>> = {
    'external-link.h5': /names another file, ".*secret\.h5", which is not read {2}\[model\/names-another-file\]/,
    'soft-link-to-external.h5': /\[model\/names-another-file\]/,
    'external-group.h5': /\[model\/names-another-file\]/,
    'external-storage.h5': /\[model\/names-another-file\]/,
    'virtual.h5': /\[model\/names-another-file\]/,
    'circle.h5': /has no dataset \/shape\/representer\/points/,
    'group-in-itself.h5': /has no dataset \/shape\/representer\/points/,
    'huge-points.h5': /has 10000000000000 vertices.*\[model\/too-large\][^]*FX_LIMIT_MODEL_VERTICES=8M/,
    'many-points.h5': /has 100000000 vertices/,
    'huge-cells.h5': /cells in .* has 112 GiB, more than are read at once.*\[model\/too-large\]/,
    'huge-piece.h5': /has pieces of 3\.0 GiB/,
    'bomb.h5': /has 343 MiB, more than are read at once/,
    'unknown-filter.h5': /points of .* cannot be read/,
    'many-landmarks.h5': /has 1001 landmarks, more than are read/,
    'huge-landmarks.h5': /has 3\.7 GiB, more than are read at once/,
    'odd-strings.h5': /is not a list of/,
    'compound.h5': /is of a compound type; expected floating point/,
  };

  it('is each of the fixtures but the honest one', () => {
    assert.deepEqual(readdirSync(FIXTURES).sort(), [...Object.keys(harmful), 'honest.h5'].sort());
  });

  for (const [fixture, words] of Object.entries(harmful)) {
    it(`is refused with a word, soon, and nothing outside is opened: ${fixture}`, async () => {
      const path = put(fixture);
      const opened: string[] = [];
      // What the library of HDF5 opens files by.
      const open = fs.openSync;
      fs.openSync = (name, ...more) => {
        if (String(name).includes('secret.h5')) opened.push(String(name));
        return open(name, ...more);
      };
      const begun = performance.now();
      try {
        for (const read of [surveyBfmHdf5, readBfmHdf5]) {
          const model = await read(path);
          assert.ok(!model.ok);
          const [{ code, message, help }] = model.error as readonly [(typeof model.error)[number]];
          assert.match(`${message}  [${code}]\n${help ?? ''}`, words);
          assert.doesNotMatch(message, /HDF5-DIAG|\u001b/);
        }
      } finally {
        fs.openSync = open;
      }
      assert.deepEqual(opened, []);
      assert.ok(performance.now() - begun < 10_000);
    });
  }

  for (const fixture of ['external-link.h5', 'external-storage.h5']) {
    it(`is refused in a whole run, and nothing outside is opened: ${fixture}`, () => {
      put(fixture);
      const { code, err, opened } = run();
      assert.ok(code === 1 || code === 2, `${String(code)} ${err}`);
      assert.match(err, harmful[fixture]!);
      assert.doesNotMatch(err, /a bug in|HDF5-DIAG/);
      assert.deepEqual(opened, []);
    });
  }

  it('is rendered where it is honest, however others may be raised', async () => {
    assert.ok((await readBfmHdf5(put('honest.h5'))).ok);
    process.env.FX_LIMIT_MODEL_LANDMARKS = '2k';
    try {
      assert.ok((await readBfmHdf5(put('many-landmarks.h5'))).ok, 'a limit that was raised');
    } finally {
      delete process.env.FX_LIMIT_MODEL_LANDMARKS;
    }
  });
});
