import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { experiment, Project } from './project.js';

const STUDY = experiment(
  'study',
  `  first:
    uses: ./stages/mine.ts#write
    with: { text: first, act: 'until:go' }
  pieces:
    uses: ./stages/mine.ts#shards
    with: { text: p, count: 4, act: 'sleep:100' }
  links:
    uses: ./stages/mine.ts#chain
    with: { text: l, count: 3, act: 'sleep:100' }
  words:
    uses: command
    with:
      run: ['sort {text} > out.txt']
      shell: true
      sources: { text: ./data/text.txt }
      outputs: [out.txt]
      variables: { LANG: C }
  last:
    uses: ./stages/mine.ts#write
    with: { text: last, inputs: ['\${first}', '\${pieces}', '\${links}'] }
`,
);

const FILES = { 'study.yaml': STUDY, 'data/text.txt': 'b\na\nc\n' };
/** With what `first` waits for. */
const READY = { ...FILES, go: '' };

const WORK = ['first', 'l gather', 'l link-0', 'l link-1', 'l link-2', 'last'].concat([
  'p gather',
  'p piece-0',
  'p piece-1',
  'p piece-2',
  'p piece-3',
]);

describe('a run with more cores than ten', function () {
  this.timeout(120_000);

  it('has as many stages side by side, and Node has nothing to say of that', async () => {
    const many = Array.from(
      { length: 12 },
      (_, i) => `  s${i}:
    uses: command
    with: { run: [sh, -c, 'sleep 0.5; echo ${i} > out'], outputs: [out] }
`,
    );
    const project = new Project({ 'many.yaml': experiment('many', many.join('')) });
    try {
      const { code, err } = await project.start('run', 'many.yaml', '--cores', '12').finished;
      assert.equal(code, 0, err);
      assert.match(err, /12 executed/);
      assert.doesNotMatch(err, /Warning|leak/);
    } finally {
      project.remove();
    }
  });
});

describe('two runs of one experiment at the same time', function () {
  this.timeout(120_000);

  it('execute each stage and part once, and both succeed', async () => {
    const project = new Project(FILES);
    await project.translate('study.yaml');
    const one = project.start('run', 'study.yaml');
    await one.says('start  first');
    const other = project.start('run', 'study.yaml');
    // Whoever waits says for whom.
    await other.says(`first for process ${one.child.pid!} on `);
    project.write('go', '');
    for (const { code, err } of await Promise.all([one.finished, other.finished])) assert.equal(code, 0, err);
    assert.deepEqual(project.executed(), WORK);
    project.remove();
  });

  it('are not what two stages of one run with one result wait for', async () => {
    const slow = '{ uses: ./stages/mine.ts#write, with: { text: same, act: "sleep:500" } }';
    const project = new Project({ 'twins.yaml': experiment('twins', `  one: ${slow}\n  other: ${slow}\n`) });
    const { code, err } = await project.fx('run', 'twins.yaml');
    assert.equal(code, 0, err);
    assert.match(err, /^wait {3}(one|other) for another stage of this run, which has the same result$/m);
    assert.deepEqual(project.executed(), ['same']);
    project.remove();
  });

  it('wait for nobody who is dead', async () => {
    const project = new Project(READY);
    await project.translate('study.yaml');
    const killed = project.start('run', 'study.yaml');
    await killed.says('start  links');
    killed.signal('SIGKILL');
    await killed.finished;
    const { code, err } = await project.fx('run', 'study.yaml');
    assert.equal(code, 0, err);
    assert.doesNotMatch(err, /^wait /m);
    project.remove();
  });
});

describe('two checkouts in two directories', function () {
  this.timeout(120_000);

  it('have the same keys and the same bits, and share nothing', async () => {
    const both = [new Project(READY), new Project(READY)];
    const caches = await Promise.all(
      both.map(async (project) => {
        const { code, err } = await project.start('run', 'study.yaml').finished;
        assert.equal(code, 0, err);
        assert.deepEqual(project.executed(), WORK);
        return contentOf(join(project.directory, 'cache'));
      }),
    );
    assert.ok(caches[0]!.length > 20);
    assert.deepEqual(caches[0], caches[1]);
    for (const project of both) project.remove();
  });
});

/** All that a cache says: blobs and preimages with the digest of their bytes, keys with the digest of what they stand for. */
function contentOf(cache: string): readonly string[] {
  const below = (store: string): readonly string[] =>
    readdirSync(join(cache, store), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  const name = (path: string): string => path.slice(cache.length);
  const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  const results = below('results').map((path) => {
    const { record } = JSON.parse(readFileSync(path, 'utf8')) as { record: { stage: string; artifact: string } };
    return `${name(path)} ${record.stage} ${record.artifact}`;
  });
  return [...[...below('blobs'), ...below('preimages')].map((path) => `${name(path)} ${digest(path)}`), ...results];
}
