import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { experiment, FX, Project } from './project.js';

const STUDY = experiment(
  'study',
  `  first:
    uses: ./stages/mine.ts#write
    with: { text: one, act: 'log:2' }
  pieces:
    uses: ./stages/mine.ts#shards
    with: { text: p, count: 3 }
  links:
    uses: ./stages/mine.ts#chain
    with: { text: l, count: 2 }
  last:
    uses: ./stages/mine.ts#write
    with: { text: end, inputs: ['\${first}', '\${pieces}', '\${links}'] }
`,
);

const BIG = experiment(
  'big',
  "  pieces:\n    uses: ./stages/mine.ts#shards\n    with: { text: p, count: 6, act: 'bytes:3000000' }\n",
);

function blobsOf(project: Project): readonly string[] {
  const blobs = join(project.directory, 'cache/blobs');
  return readdirSync(blobs, { recursive: true, encoding: 'utf8' })
    .map((name) => join(blobs, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** Size and time stay as they are: only hashing can find it. */
function flipByte(path: string, at: number): void {
  const { atime, mtime } = statSync(path);
  const bytes = readFileSync(path);
  bytes[at % bytes.length]! ^= 0x10;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

describe('a damaged cache', function () {
  this.timeout(120_000);
  let project: Project;
  before(() => {
    project = new Project({ 'study.yaml': STUDY, 'big.yaml': BIG });
  });
  after(() => project.remove());

  it('is found out by `fx cache verify`, whichever blob a byte was flipped in, and made whole by a run', async () => {
    assert.equal((await project.fx('run', 'study.yaml')).code, 0);
    const all = project.executed();
    const whole = blobsOf(project).map((path) => readFileSync(path));
    blobsOf(project).forEach((path, i) => flipByte(path, 7919 * i));
    const { code, out, err } = await project.fx('cache', 'verify', '--json');
    assert.equal(code, 3, err);
    const told = (JSON.parse(out) as { damaged: readonly { code: string }[] }).damaged;
    assert.deepEqual(
      told.map((each) => each.code),
      whole.map(() => 'cache/damaged-blob'),
    );
    const healing = await project.fx('run', 'study.yaml');
    assert.equal(healing.code, 0, healing.err);
    assert.match(healing.err, /warning: .* of first cannot be used: its file out\.txt is missing in the cache/);
    // What gathers the links writes the bytes of the last one, so that blob is back before its turn.
    const again = all.filter((label) => label !== 'l gather');
    assert.deepEqual(project.executed(), again);
    assert.deepEqual(
      blobsOf(project).map((path) => readFileSync(path)),
      whole,
    );
    assert.match((await project.fx('cache', 'verify')).out, /all sound$/m);
  });

  it('heals at a run that reads a flipped byte, by executing again what made it and nothing else, with a warning', async () => {
    const other = new Project({ 'study.yaml': STUDY });
    try {
      assert.equal((await other.fx('run', 'study.yaml')).code, 0);
      const whole = blobsOf(other).map((path) => readFileSync(path));
      const made = new Map([
        ['ONE', ['one', 'end']],
        ['piece-0,piece-1,piece-2', ['p gather', 'end']],
      ]);
      for (const [content, labels] of made) {
        flipByte(
          blobsOf(other).find((path) => readFileSync(path, 'utf8') === content)!,
          1,
        );
        other.executed();
        // What reads everything is to run again, so everything that it reads is looked at.
        const healing = await other.fx('run', 'study.yaml', '--from', 'last');
        assert.equal(healing.code, 0, healing.err);
        assert.match(healing.err, /warning: .*damaged in the cache/);
        assert.deepEqual(other.executed(), labels.sort());
        assert.deepEqual(
          blobsOf(other).map((path) => readFileSync(path)),
          whole,
        );
      }
    } finally {
      other.remove();
    }
  });

  it('a full disk stops the run with a word; when there is room, the next one goes on', async function () {
    const disk = join(project.directory, 'disk');
    mkdirSync(disk, { recursive: true });
    // A file system of its own for the children of one shell: no rights needed, and gone with them.
    const mount = 'mount -t tmpfs -o size=14m tmpfs "$1" && shift && exec "$@"';
    const inside = (...command: readonly string[]) =>
      spawnSync('unshare', ['-rm', 'sh', '-c', mount, 'sh', disk, ...command], {
        cwd: project.directory,
        encoding: 'utf8',
        env: {
          ...process.env,
          XDG_CACHE_HOME: join(project.directory, '.cache'),
          FX_TEST_LEDGER: join(project.directory, 'ledger'),
          NO_COLOR: '1',
        },
      });
    if (inside('true').status !== 0) {
      console.log('      (skipped: no file system of a given size can be mounted here)');
      this.skip();
    }
    await project.translate('big.yaml');
    project.executed();
    const run = `"${process.execPath}" "${FX}" run big.yaml --cache disk/cache --cores 1`;
    const steps = `${run}; echo "first $?" >&2; mount -o remount,size=40m disk; ${run}; echo "second $?" >&2
      "${process.execPath}" "${FX}" cache verify --cache disk/cache >&2`;
    const { stderr } = inside('sh', '-c', steps);
    const [first, second] = stderr.split('first 1\n');
    assert.match(first!, /^error: not enough space .*in the cache at .*disk\/cache.*\[cache\/disk-full\]/m);
    assert.match(first!, /free some space \(fx cache gc\) and rerun: finished work is kept/);
    assert.match(second ?? stderr, /big: 1 executed, [2-5] parts executed, [1-4] reused [^]*second 0\n/);
    assert.match(second!, /all sound/);
    const twice = project.executed().filter((label, i, all) => all[i + 1] === label);
    assert.equal(twice.length, 1, `only the piece that had no room was executed twice: ${twice.join()}`);
  });
});
