import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forge, recordsIn } from '../sharing/forge.js';
import { FX, Project } from '../cli/project.js';

const [FIRST, SECOND] = [24001, 24002] as const;

const experiment = (text: string): string => `fx: 1
name: mine
stages:
  one: { uses: ./stages/mine.ts#write, with: { text: ${text} } }
  two: { uses: ./stages/mine.ts#write, with: { text: two, inputs: ["\${one}"] } }
`;

/** One of two users of a machine, with a project and a home of their own. */
class User {
  readonly number: number;
  readonly #project = new Project({ 'mine.yaml': experiment('a') });
  readonly #cache: string;

  constructor(number: number, cache: string) {
    this.number = number;
    this.#cache = cache;
    this.own();
  }

  /** Before the first run: a process whose modules nobody has translated loads the compiler first, for two seconds. */
  async translate(): Promise<void> {
    await this.#project.translate('mine.yaml');
    this.own();
  }

  own(): void {
    execFileSync('chown', ['-R', `${this.number}:${this.number}`, this.#project.directory]);
  }

  write(path: string, text: string): void {
    this.#project.write(path, text);
    this.own();
  }

  /** The kind's own count of what it executed. */
  run(
    words = ['run', 'mine.yaml'],
    more: Readonly<Record<string, string>> = {},
  ): { code: number | null; err: string; ran: readonly string[] } {
    const at = this.#project.directory;
    const ledger = join(at, 'counted');
    rmSync(ledger, { force: true });
    const { PATH } = process.env;
    const env = { PATH, HOME: at, FX_CACHE: this.#cache, FX_TEST_LEDGER: ledger, NO_COLOR: '1', ...more };
    // Whoever made the cache lets all write to it.
    const line = `umask 0; exec "$0" "$@"`;
    const { status, stderr } = spawnSync('sh', ['-c', line, process.execPath, FX, ...words], {
      cwd: at,
      env,
      uid: this.number,
      gid: this.number,
      timeout: 120_000,
    });
    const ran = existsSync(ledger) ? readFileSync(ledger, 'utf8').trimEnd().split('\n') : [];
    return { code: status, err: String(stderr), ran };
  }

  get(): string {
    const to = join(this.#project.directory, 'out');
    rmSync(to, { recursive: true, force: true });
    const { code, err } = this.run(['get', 'mine.yaml', 'two', '--to', to]);
    assert.equal(code, 0, err);
    return readFileSync(join(to, 'out.txt'), 'utf8');
  }

  as(script: string): void {
    const { status, stderr } = spawnSync('sh', ['-c', script], {
      uid: this.number,
      gid: this.number,
      cwd: this.#cache,
    });
    assert.equal(status, 0, String(stderr));
  }

  remove(): void {
    this.#project.remove();
  }
}

describe('two users of one cache', function () {
  this.timeout(240_000);
  let cache: string;
  let first: User;
  let second: User;
  before(function () {
    if (process.getuid?.() !== 0) this.skip();
    const works = spawnSync(process.execPath, [FX, '--version'], { uid: FIRST, gid: FIRST, cwd: '/' });
    // A checkout that only root may read cannot be tried as another user.
    if (works.status !== 0) this.skip();
  });
  beforeEach(async () => {
    cache = mkdtempSync(join(tmpdir(), 'fx-shared-'));
    chmodSync(cache, 0o777);
    execFileSync('chown', [`${FIRST}`, cache]);
    first = new User(FIRST, cache);
    await first.translate();
    second = new User(SECOND, cache);
  });
  afterEach(() => {
    first.remove();
    second.remove();
    rmSync(cache, { recursive: true });
  });

  it('share honestly: the owner’s results serve all, another’s serve who believes them', async () => {
    await second.translate();
    assert.deepEqual(first.run().ran, ['a', 'two']);
    const reused = second.run();
    assert.equal(reused.code, 0, reused.err);
    assert.deepEqual(reused.ran, []);
    for (const user of [first, second]) user.write('mine.yaml', experiment('b'));
    assert.deepEqual(second.run().ran, ['b', 'two']);
    const believing = first.run(undefined, { FX_CACHE_BELIEVES: String(SECOND) });
    assert.equal(believing.code, 0, believing.err);
    assert.deepEqual(believing.ran, []);
    const careful = first.run();
    assert.equal(careful.code, 0, careful.err);
    assert.deepEqual(careful.ran, ['b', 'two']);
    assert.match(careful.err, /of user 24002, who is not trusted.*\[cache\/of-a-stranger\]/);
    assert.deepEqual(second.run().ran, [], 'what the owner made in its place serves both');
    assert.equal(first.get(), 'TWO|B');
  });

  it('do not change what the other gets: a record of another result, with all the care a forger can take', async () => {
    assert.equal(first.run().code, 0);
    await forge(
      cache,
      ({ stage }) => stage === 'two',
      () => ({ files: { 'out.txt': 'forged' } }),
    );
    const { key } = recordsIn(cache).find(({ stage }) => stage === 'two')!;
    // What root forged here is the second user's from now on, as if they had.
    execFileSync('chown', [String(SECOND), join(cache, 'results', key.slice(0, 2), `${key.slice(2)}.json`)]);
    const { code, ran, err } = first.run();
    assert.equal(code, 0, err);
    assert.deepEqual(ran, ['two']);
    assert.equal(first.get(), 'TWO|A');
  });

  it('do not change what the other gets: other bytes in a blob’s place, sealed', () => {
    assert.equal(first.run().code, 0);
    const { digest } = recordsIn(cache).find(({ stage }) => stage === 'two')!.outputs[0]!;
    const path = `blobs/${digest.slice(0, 2)}/${digest.slice(2)}`;
    second.as(`mv ${path} aside; printf 'TWO|X' > ${path}; chmod 444 ${path}; touch -d '2000-01-01T00:00:00Z' ${path}`);
    const { code, err } = first.run();
    assert.equal(code, 0, err);
    assert.equal(first.get(), 'TWO|A');
  });

  it('do not change what the other gets: the owner’s own blobs under each other’s names', () => {
    assert.equal(first.run().code, 0);
    first.write('mine.yaml', experiment('b'));
    assert.equal(first.run().code, 0);
    first.write('mine.yaml', experiment('a'));
    const [a, b] = recordsIn(cache)
      .filter(({ stage }) => stage === 'two')
      .map(({ outputs }) => `blobs/${outputs[0]!.digest.slice(0, 2)}/${outputs[0]!.digest.slice(2)}`);
    second.as(`mv ${a!} aside; mv ${b!} ${a!}; mv aside ${b!}`);
    const { code, err } = first.run();
    assert.equal(code, 0, err);
    assert.equal(first.get(), 'TWO|A');
  });

  it('run no code of the other', () => {
    assert.equal(first.run().code, 0);
    const marker = join(cache, 'ran');
    const evil = `require("node:fs").writeFileSync("${marker}", "")`;
    second.as(
      `mkdir -p validators modules identities node_modules; echo '${evil}' > validators/a.cjs; echo '${evil}' > index.js`,
    );
    for (const words of [
      ['check', 'mine.yaml'],
      ['verify', 'mine.yaml'],
      ['run', 'mine.yaml', '--force'],
    ])
      first.run(words);
    assert.ok(!existsSync(marker));
  });

  it('do not hold the other up: leases, pipes and folders of theirs', () => {
    assert.equal(first.run().code, 0);
    first.write('mine.yaml', experiment('c'));
    const { key } = recordsIn(cache).find(({ stage }) => stage === 'two')!;
    const record = `results/${key.slice(0, 2)}/${key.slice(2)}.json`;
    second.as(
      `rm -f ${record}; mkfifo ${record}; mkdir -p locks; touch locks/collect.0123456789abcdef-1-1-zzzzzzz-0; mkfifo history/x.ndjson`,
    );
    const begun = Date.now();
    const { code, err } = first.run();
    assert.equal(code, 0, err);
    assert.ok(Date.now() - begun < 60_000);
  });

  it('may not be able to write there at all, and still read', async () => {
    await second.translate();
    assert.equal(first.run().code, 0);
    execFileSync('chmod', ['-R', 'go-w', cache]);
    const { code, ran, err } = second.run();
    assert.equal(code, 0, err);
    assert.deepEqual(ran, []);
  });

  it('may keep what is each one’s (the sticky bit), and still share', async () => {
    await second.translate();
    assert.equal(first.run().code, 0);
    execFileSync('find', [cache, '-type', 'd', '-exec', 'chmod', '1777', '{}', '+']);
    assert.deepEqual(second.run().ran, []);
    second.write('mine.yaml', experiment('d'));
    const made = second.run();
    assert.equal(made.code, 0, made.err);
    assert.equal(second.get(), 'TWO|D');
    assert.deepEqual(first.run().ran, []);
  });
});
