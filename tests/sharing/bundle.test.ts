import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRecord, recordText } from '../../src/engine/artifacts/content/result-record.js';
import { manifestDigest } from '../../src/engine/artifacts/content/manifest.js';
import { sha256 } from '../../src/foundation/files/digest.js';
import { filesBelow } from '../../src/foundation/files/files.js';
import { value } from '../engine/artifacts/value.js';
import { Project, type Said } from './project.js';
import { makeZip, readZip } from './zip.js';

const STUDY = 'experiments/study.yaml';
const BUNDLE = 'study.default.zip';

/** A folder on a reader's machine: nothing in it but what is put there. */
class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'fx-desk-'));
  readonly #project = new Project(this.folder);

  put(name: string, bytes: Uint8Array): void {
    writeFileSync(join(this.folder, name), bytes);
  }

  fx(...words: readonly string[]): Promise<Said> {
    return this.#project.fx(words);
  }

  executions(): number {
    return this.#project.executions();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

describe('a bundle', function () {
  this.timeout(60_000);
  let project: Project;
  let zip: Buffer;
  let desk: Desk;

  before(async () => {
    project = Project.example();
    project.write('CITATION.cff', CITATION);
    project.edit(STUDY, 'stages:\n', 'says: How long a text is.\nstages:\n');
    project.edit('package.json', '"private"', '"license": "MIT", "private"');
    assert.equal((await project.fx(['run', STUDY])).code, 0);
    const { code, err } = await project.fx(['export', STUDY]);
    assert.equal(code, 0, err);
    zip = readFileSync(join(project.folder, BUNDLE));
  });
  after(() => project.remove());
  beforeEach(() => {
    desk = new Desk();
    desk.put(BUNDLE, zip);
  });
  afterEach(() => desk.remove());

  it('is the same bytes each time', async () => {
    await project.fx(['export', STUDY, '--to', 'again.zip']);
    assert.deepEqual(readFileSync(join(project.folder, 'again.zip')), zip);
  });

  it('runs nothing of its own modules until it is trusted', async () => {
    for (const command of ['run', 'plan', 'verify']) {
      const { code, err } = await desk.fx(command, BUNDLE);
      assert.equal(code, 2, err);
      assert.match(err, /bundle\/untrusted|its module \.\/stages\/words\.js#join is not run/);
      assert.match(err, /--trust/);
    }
    assert.equal(desk.executions(), 0);
    assert.ok(!existsSync(join(desk.folder, 'study.default/cache/modules')), 'not even translated');
  });

  it('runs offline, executing nothing, and writes the same report', async () => {
    const { code, err } = await desk.fx('run', BUNDLE, '--trust');
    assert.equal(code, 0, err);
    assert.match(err, /3 reused/);
    assert.equal(desk.executions(), 0);
    const files = await filesBelow(join(project.folder, 'reports'));
    const unpacked = join(desk.folder, 'study.default');
    assert.deepEqual(await filesBelow(join(unpacked, 'reports')), files);
    for (const file of files)
      assert.equal(readFileSync(join(unpacked, 'reports', file), 'utf8'), project.read(`reports/${file}`), file);
    const verified = await desk.fx('verify', BUNDLE, '--trust', '--audit', '100%');
    assert.equal(verified.code, 0, verified.out + verified.err);
  });

  it('is an experiment to every command: it can be exported again, but not over itself', async () => {
    const again = await desk.fx('export', BUNDLE, '--trust', '--to', 'again.zip');
    assert.equal(again.code, 0, again.err);
    assert.ok(existsSync(join(desk.folder, 'again.zip')));
    const itself = await desk.fx('export', BUNDLE, '--trust');
    assert.notEqual(itself.code, 0);
    assert.match(itself.err, /would take the place of the bundle itself/);
    assert.deepEqual(readFileSync(join(desk.folder, BUNDLE)), zip);
    for (const words of [
      ['check', BUNDLE],
      ['get', BUNDLE, 'joined', '--to', 'out'],
      ['export', BUNDLE, '--single'],
    ]) {
      const { code, err } = await desk.fx(...words, '--trust');
      assert.equal(code, 0, `${words.join(' ')}: ${err}`);
    }
  }).timeout(400_000);

  it('is a stranger to its last folder', async () => {
    assert.equal((await desk.fx('import', BUNDLE)).code, 0);
    // As if something in it had made a project of a folder.
    writeFileSync(join(desk.folder, 'study.default/experiments/package.json'), '{}');
    const { code, err } = await desk.fx('run', 'study.default/experiments/study.yaml');
    assert.equal(code, 2, err);
    assert.match(err, /is outside the project|is not run/);
    assert.equal(desk.executions(), 0);
  });

  it('can be unpacked, changed and run again', async () => {
    const imported = await desk.fx('import', BUNDLE, 'mine', '--trust');
    assert.equal(imported.code, 0, imported.err);
    assert.match(imported.err, /mine\/: 3 results .*run fx run mine\/experiments\/study\.yaml/);
    const { code, err } = await desk.fx('run', 'mine/experiments/study.yaml', '--set', 'upper=true');
    assert.equal(code, 0, err);
    assert.match(err, /2 reused, 1 executed/);
    assert.equal((await desk.fx('import', BUNDLE, 'mine')).code, 0, 'once more is nothing new');
    desk.put('other.zip', makeZip([{ name: 'x', data: 'y' }]));
    const other = await desk.fx('import', 'other.zip', 'mine');
    assert.match(other.err, /mine\/ is there already, from another bundle/);
  });

  it('holds what was chosen of the files', async () => {
    for (const [chosen, blobs] of [
      ['none', 0],
      ['count', 1],
    ] as const) {
      await project.fx(['export', STUDY, '--to', 'small.zip', '--artifacts', chosen]);
      const names = [...readZip(readFileSync(join(project.folder, 'small.zip'))).keys()];
      assert.equal(names.filter((name) => name.startsWith('fx-bundle/blobs/')).length, blobs, chosen);
    }
    const wrong = await project.fx(['export', STUDY, '--artifacts', 'cuont']);
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /there is no stage cuont/);
  });

  it('is not written of what was changed since it was run', async () => {
    const other = project.clone();
    rmSync(join(other.folder, BUNDLE));
    other.edit(STUDY, 'value: false', 'value: true');
    const { code, err } = await other.fx(['export', STUDY]);
    assert.equal(code, 1);
    assert.match(err, /parameters are not those of the lock/);
    assert.ok(!existsSync(join(other.folder, BUNDLE)));
    other.remove();
  });

  describe('that was tampered with', () => {
    /** What the command says of the bundle with some entries changed; nothing may be left of it. */
    async function refused(change: (name: string, bytes: Buffer) => Buffer | undefined, what: RegExp): Promise<void> {
      const entries = [...readZip(zip)].flatMap(([name, bytes]) => {
        const data = change(name, bytes);
        return data === undefined ? [] : [{ name, data }];
      });
      desk.put(BUNDLE, makeZip(entries));
      const { code, err } = await desk.fx('verify', BUNDLE, '--trust');
      assert.equal(code, 3, err);
      assert.match(err, what);
      assert.deepEqual(readdirSync(desk.folder), [BUNDLE]);
    }
    const isResult = (name: string): boolean => name.startsWith('fx-bundle/results/');
    const keyOf = (name: string): string => /(\w+)\.json$/.exec(name)![1]!;
    const resultOf = (stage: string): readonly [string, Buffer] =>
      [...readZip(zip)].find(([name, bytes]) => isResult(name) && bytes.includes(`"stage":"${stage}"`))!;

    it('is refused for a blob of other bytes, and for one cut short', async () => {
      const [, entry] = resultOf('joined');
      const { record } = JSON.parse(entry.toString().split('\n')[0]!) as { record: { outputs: { digest: string }[] } };
      const { outputs } = record;
      const blob = `fx-bundle/blobs/${outputs[0]!.digest}`;
      await refused(
        (name, bytes) => (name === blob ? Buffer.from(bytes).fill(0x78) : bytes),
        /other content than its name/,
      );
      await refused((name, bytes) => (name === blob ? bytes.subarray(1) : bytes), /other content than its name/);
    });

    it('is refused for a result of another key', async () => {
      const [name] = resultOf('joined');
      const [, other] = resultOf('count');
      await refused((each, bytes) => (each === name ? other : bytes), /the bundle's result .* is that of another key/);
    });

    it('is refused for an old result in the place of the one of its lock', async () => {
      const [name, entry] = resultOf('joined');
      const lines = entry.toString().split('\n');
      const record = value(parseRecord(`${lines[0]!}\n`, keyOf(name)));
      const outputs = record.outputs.map((file) => ({ ...file, digest: sha256('old'), bytes: 3 }));
      const old = recordText({ ...record, outputs, artifact: manifestDigest({ files: outputs }) });
      const replayed = Buffer.from([old.trimEnd(), ...lines.slice(1)].join('\n'));
      await refused(
        (each, bytes) => (each === name ? replayed : bytes),
        /other outputs than the lock: an older result/,
      );
      const stranger = name.replace(keyOf(name), sha256('another'));
      const moved = [...readZip(zip)].map(([each, data]) => ({ name: each === name ? stranger : each, data }));
      desk.put('moved.zip', makeZip(moved));
      const { code, err } = await desk.fx('import', 'moved.zip');
      assert.equal(code, 3);
      assert.match(err, /is that of another key/);
    });

    it('is refused where it lacks its lock, its facts or its experiment', async () => {
      const lacks = (gone: RegExp) => (name: string, bytes: Buffer) => (gone.test(name) ? undefined : bytes);
      await refused(lacks(/lock\.yaml$/), /has no lock/);
      await refused(lacks(/facts\.json$/), /is no bundle of fx/);
      await refused(lacks(/study\.yaml$/), /does not hold the experiment that it names/);
    });

    it('is found out where lock, record and blob were changed together', async () => {
      const unpacked = new Project(join(desk.folder, 'study.default'));
      assert.equal((await desk.fx('import', BUNDLE, '--trust')).code, 0);
      const { forge } = await import('./forge.js');
      await forge(
        join(unpacked.folder, 'cache'),
        ({ stage }) => stage === 'joined',
        () => ({ files: { 'out.txt': 'forged' } }),
      );
      assert.equal((await desk.fx('run', 'study.default/experiments/study.yaml')).code, 0);
      assert.equal((await desk.fx('export', 'study.default/experiments/study.yaml', '--to', 'forged.zip')).code, 0);
      const { code, out } = await desk.fx('verify', 'forged.zip', '--trust', '--audit', '100%');
      assert.equal(code, 3);
      assert.match(out, /\*\*joined\*\*: out\.txt has 6 bytes in the result|\*\*joined\*\*: out\.txt differs/);
    });
  });

  describe('as a zip', () => {
    const attacks: readonly (readonly [string, Parameters<typeof makeZip>[0], RegExp])[] = [
      ['../', [{ name: '../evil.txt', data: 'x' }], /names "\.\.\/evil\.txt", which has the segment "\.\."/],
      ['inner ../', [{ name: 'a/../../evil.txt', data: 'x' }], /has the segment/],
      ['absolute', [{ name: '/tmp/fx-evil.txt', data: 'x' }], /which is absolute/],
      ['a drive', [{ name: 'C:/evil.txt', data: 'x' }], /begins with a drive letter/],
      ['backslashes', [{ name: '..\\evil.txt', data: 'x' }], /has a backslash/],
      [
        'a link',
        [
          { name: 'way', data: '/etc', mode: 0o120777 },
          { name: 'way/passwd', data: 'x' },
        ],
        /"way" is a link/,
      ],
      ['a device', [{ name: 'pipe', data: '', mode: 0o010644 }], /is no ordinary file/],
      ['settings', [{ name: 'fx.local.yaml', data: 'set: {}' }], /must not come in a bundle/],
      ['settings below', [{ name: 'x/FX.local.yaml', data: 'set: {}' }], /must not come in a bundle/],
      ['a project inside', [{ name: 'x/package.json', data: '{}' }], /would be a project of its own/],
      ['a cache', [{ name: 'x/cache/results/ab/cd.json', data: '{}' }], /must not come in a bundle/],
      ['a repository', [{ name: '.git/config', data: 'x' }], /is hidden/],
      ['its own mark', [{ name: '.fx-bundle.json', data: '{"trusted":true}' }], /is hidden/],
      ['packages', [{ name: 'stages/node_modules/x/index.js', data: 'x' }], /must not come in a bundle/],
      ['a long name', [{ name: `${'a'.repeat(256)}/b`, data: 'x' }], /longer than 255 bytes/],
      [
        'a file in a file',
        [
          { name: 'a/b', data: 'x' },
          { name: 'a', data: 'y' },
        ],
        /names "a\/b" inside of a file/,
      ],
      [
        'one name twice',
        [
          { name: 'a', data: 'x' },
          { name: 'a', data: 'y' },
        ],
        /names "a" twice/,
      ],
      [
        'a bomb',
        [{ name: 'a', data: Buffer.alloc(80 << 20), deflate: true }],
        /would hold 80 MiB and more, in \d+ KiB/,
      ],
      [
        'a bomb that lies',
        [{ name: 'fx-bundle/facts.json', data: Buffer.alloc(80 << 20), deflate: true, claims: 100 }],
        /cannot be unpacked: .*(too many bytes|size)/,
      ],
      ['a table that lies', [{ name: 'a', data: 'x', claims: 2 ** 32 - 2 }], /cannot be read as a zip|claims to hold/],
    ];
    for (const [what, entries, message] of attacks) {
      it(`is refused for ${what}, and nothing is written`, async () => {
        desk.put('evil.zip', makeZip(entries));
        const { code, err } = await desk.fx('import', 'evil.zip');
        assert.equal(code, 3, err);
        assert.match(err, message);
        assert.deepEqual(readdirSync(desk.folder).sort(), ['evil.zip', BUNDLE].sort());
        assert.ok(!existsSync(join(desk.folder, '../evil.txt')) && !existsSync('/tmp/fx-evil.txt'));
      });
    }

    it('is refused where it is none', async () => {
      desk.put('evil.zip', Buffer.from('PK, or not'));
      const { code, err } = await desk.fx('import', 'evil.zip');
      assert.equal(code, 3);
      assert.match(err, /cannot be read as a zip/);
      assert.match((await desk.fx('run', 'nowhere.zip')).err, /there is no file nowhere\.zip/);
    });
  });
});

describe('a bundle with programs', function () {
  this.timeout(60_000);
  let project: Project;
  let desk: Desk;

  before(async () => {
    project = new Project();
    desk = new Desk();
    project.write('package.json', '{ "name": "study", "private": true }');
    project.write('script.sh', 'echo ran >> "$LEDGER"; echo hello > out.txt\n');
    project.write('shell.yaml', SHELL);
    const env = { LEDGER: join(project.folder, 'ledger') };
    const ran = await project.fx(['run', 'shell.yaml'], env);
    assert.equal(ran.code, 0, ran.err);
    const exported = await project.fx(['export', 'shell.yaml', '--to', join(desk.folder, 'shell.zip')], env);
    assert.equal(exported.code, 0, exported.err);
  });
  after(() => {
    project.remove();
    desk.remove();
  });

  it('is verified without running one', async () => {
    const { code, out } = await desk.fx('verify', 'shell.zip');
    assert.equal(code, 0, out);
    assert.equal(desk.executions(), 0);
  });

  it('does not run one, nor ask one for its version, until it is trusted', async () => {
    for (const words of [['run'], ['plan'], ['run', '--force'], ['verify', '--audit', '100%']]) {
      const { code, err } = await desk.fx(words[0]!, 'shell.zip', ...words.slice(1));
      assert.equal(code, 2, err);
      assert.match(err, /the program of greet \(command\) is not run/);
    }
    const trusted = await desk.fx('run', 'shell.zip', '--trust', '--force');
    assert.equal(trusted.code, 0, trusted.err);
    assert.match(trusted.err, /1 executed/);
  });
});

const SHELL = `fx: 1
name: shell
title: A program
profile: default
stages:
  greet:
    uses: command
    with:
      run: [sh, '{script}']
      sources: { script: ./script.sh }
      outputs: [out.txt]
      inherit: []
      variables: { LEDGER: /dev/null }
`;

const CITATION = `cff-version: 1.2.0
title: A study
message: Cite the article.
authors: [{ name: The authors }]
preferred-citation:
  type: article
  title: On the lengths of texts
  doi: 10.1000/182
  year: 2018
  authors: [{ family-names: Doe, given-names: Jane }]
`;
