import assert from 'node:assert/strict';
import { chmodSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SEALED } from '../../src/engine/artifacts/store/blob-store.js';
import { openCache } from '../../src/engine/artifacts/cache.js';
import type { Verification } from '../../src/engine/sharing/verification.js';
import { outcomesFrom } from '../../src/plugins/command/outcomes.js';
import { encodeOutcomes } from '../../src/foundation/statistics/outcomes.js';
import { filesBelow } from '../../src/foundation/files/files.js';
import { forge, recordsIn } from './forge.js';
import { Project } from './project.js';

const STUDY = 'experiments/study.yaml';
/** Four shards and their gathering, and two stages. */
const PARTS = 7;

describe('fx verify --audit', function () {
  this.timeout(90_000);
  let project: Project;
  let cache: string;
  const verify = (...options: string[]) => project.fx(['verify', STUDY, ...options]);
  const told = async (...options: string[]) => {
    const { code, out, err } = await verify(...options, '--json');
    assert.ok(out.startsWith('{'), err);
    const verification = JSON.parse(out) as Verification;
    const findings = verification.checks.flatMap((check) => check.findings);
    const notes = verification.checks.flatMap((check) => check.notes ?? []).join('\n');
    return { code, audit: verification.audit!, findings, notes };
  };
  /** Makes everything that follows agree with what the cache says: results, lock and report. */
  const agree = async (): Promise<void> => {
    const ran = await project.fx(['run', STUDY]);
    assert.equal(ran.code, 0, ran.err);
    const frozen = await verify();
    assert.equal(frozen.code, 0, frozen.out);
  };

  before(async () => {
    project = Project.example();
    cache = join(project.folder, 'cache');
    const ran = await project.fx(['run', STUDY]);
    assert.equal(ran.code, 0, ran.err);
    project.keep();
  });
  beforeEach(() => project.restore());
  after(() => project.remove());

  it('makes all parts again, finds them the same, and leaves the cache as it was', async () => {
    const [files, before] = [await filesBelow(cache), project.executions()];
    const { code, audit, findings } = await told('--audit', '100%', '--seed', '1');
    assert.deepEqual(findings, []);
    assert.equal(code, 0);
    assert.equal(audit.recomputed.length, PARTS);
    assert.ok(audit.recomputed.every(({ same }) => same));
    assert.equal(project.executions() - before, PARTS - 1, 'all but gathering leave a line');
    assert.deepEqual(await filesBelow(cache), files);
  });

  it('takes a sample that its seed chooses, and tells the seed', async () => {
    const once = await told('--audit', '30%', '--seed', '5');
    assert.equal(once.audit.recomputed.length, 3);
    assert.deepEqual((await told('--audit', '30%', '--seed', '5')).audit, once.audit);
    const chosen = new Set<string>();
    for (const seed of ['1', '2', '3']) {
      const { audit } = await told('--audit', '--seed', seed);
      assert.equal(audit.recomputed.length, 1);
      chosen.add(audit.recomputed[0]!.name);
    }
    assert.ok(chosen.size > 1);
    const { out } = await verify('--audit', '1%');
    assert.match(out, /> Sampled with seed (\d+); --seed \1 repeats the sample\./);
  });

  it('finds a result that was changed with its record, lock and report, and names what differs', async () => {
    await forge(
      cache,
      ({ stage }) => stage === 'joined',
      (record) => ({ files: { 'out.txt': 'the quicK brown fox' }, metrics: record.metrics }),
    );
    await agree();
    const { code, out } = await verify('--audit', '100%');
    assert.equal(code, 3);
    assert.match(
      out,
      /\*\*joined\*\*: out\.txt differs from byte 3 on, in \d+ of 19 bytes \(19 bytes in the result, 26 recomputed/,
    );
    assert.match(out, /study \(default\): not verified/);
  });

  it('finds a forged shard, in the whole and in what was made from it', async () => {
    await forge(
      cache,
      ({ stage, part }) => stage === 'pieces' && (part === undefined || part === 'piece-2'),
      () => ({ files: { '2.txt': 'brawn\n' } }),
    );
    await agree();
    const { code, findings } = await told('--audit', '100%');
    assert.equal(code, 3);
    assert.deepEqual(
      findings.map(({ stage, diagnostic }) => `${stage ?? ''} ${diagnostic.code}`),
      ['pieces verify/other-bits'],
    );
    assert.match(findings[0]!.diagnostic.message, /^piece-2: 2\.txt differs from byte 2 on, in 1 of 6 bytes/);
  });

  it('finds a forged number', async () => {
    await forge(
      cache,
      ({ stage }) => stage === 'joined',
      ({ metrics }) => ({ metrics: { ...metrics, half: 99 } }),
    );
    await agree();
    const { code, findings } = await told('--audit', '100%');
    assert.equal(code, 3);
    assert.match(findings[0]!.diagnostic.message, /^the result has another metric at \/half: 99 in the result and \d+/);
  });

  it('finds bytes that were changed under an intact seal', async () => {
    const record = recordsIn(cache).find(({ stage }) => stage === 'joined')!;
    const blob = openCache(cache).blobs.locate(record.outputs[0]!.digest);
    chmodSync(blob, 0o644);
    writeFileSync(blob, readFileSync(blob, 'utf8').toUpperCase());
    utimesSync(blob, SEALED / 1000, SEALED / 1000);
    assert.equal((await verify('--no-report')).code, 0, 'a look at size and time tells nothing');
    const { code, findings } = await told('--no-report', '--audit', '100%');
    assert.equal(code, 3);
    assert.match(findings[0]!.diagnostic.message, /^out\.txt is missing or damaged$/);
  });

  it('leaves out what lacks its data, with a word, and audits the rest', async () => {
    rmSync(join(project.folder, 'data'), { recursive: true });
    const { code, audit, notes } = await told('--audit', '100%');
    assert.equal(code, 0);
    assert.equal(audit.recomputed.length, 2);
    assert.match(notes, /pieces was left out: its input text is not here/);
  });

  it('fetches what it needs from a remote', async () => {
    const remote = `${project.folder}.remote`;
    await project.fx(['cache', 'push', STUDY, '--remote', remote]);
    const clone = project.clone();
    const { code, out } = await clone.fx(['verify', STUDY, '--audit', '100%', '--remote', remote]);
    clone.remove();
    rmSync(remote, { recursive: true });
    assert.equal(code, 0, out);
    assert.match(out, /7 of 7 parts, recomputed, are bit for bit the same \| 7 \| holds/);
  });

  it('refuses a share that is none, and to execute where it was told not to', async () => {
    const { code, err } = await verify('--audit', '500%');
    assert.equal(code, 2);
    assert.match(err, /no share of the parts/);
    assert.equal((await verify('--frozen', '--audit', '5%')).code, 2);
  });
});

describe('fx verify --metrics', function () {
  this.timeout(60_000);
  let project: Project;
  const verify = (...options: string[]) => project.fx(['verify', 'noisy.yaml', '--no-report', ...options]);

  before(async () => {
    project = new Project();
    project.write('package.json', '{ "name": "study", "private": true }');
    project.write('noise.js', NOISE);
    project.write('noisy.yaml', NOISY);
    const ran = await project.fx(['run', 'noisy.yaml']);
    assert.equal(ran.code, 0, ran.err);
  });
  after(() => project.remove());

  it('says that what is not exact was not compared bit by bit', async () => {
    const { code, out } = await verify('--audit', '100%');
    assert.equal(code, 0, out);
    assert.match(out, /1 stage is not exact .*--metrics/);
  });

  it('makes it again and finds its numbers within their intervals', async () => {
    const { code, out } = await verify('--metrics');
    assert.equal(code, 0, out);
    assert.match(out, /within their intervals \| 1 \| holds/);
  });

  it('finds a number outside', async () => {
    const metrics = '{"metrics":{"accuracy":{"value":0.99,"interval":{"low":0.98,"high":1}}}}';
    await forge(
      join(project.folder, 'cache'),
      ({ stage }) => stage === 'measure',
      () => ({ files: { 'metrics.json': metrics }, metrics: { accuracy: 0.99 } }),
    );
    assert.equal((await project.fx(['run', 'noisy.yaml'])).code, 0);
    const { code, out } = await verify('--metrics');
    assert.equal(code, 3);
    assert.match(out, /accuracy is 0\.99 in the result, within \\\[0\.98, 1\\\]; recomputed it is 0\.[45]/);
  });

  it('finds a number of the record that is not the one of its files', async () => {
    await forge(
      join(project.folder, 'cache'),
      ({ stage }) => stage === 'measure',
      () => ({ metrics: { accuracy: 0.5 } }),
    );
    assert.equal((await project.fx(['run', 'noisy.yaml'])).code, 0);
    const { code, out } = await verify('--metrics');
    assert.equal(code, 3);
    assert.match(out, /accuracy is 0\.5 in the result's record, and 0\.\d+ in its files/);
  });

  it('compares numbers whose intervals come from the outcomes of items, and says which have none', async () => {
    const run = (share: number): string =>
      TESTED.replace(
        'SHARE',
        `[sh, -c, 'seq 1 20 | awk "BEGIN {{ print \\"item,right\\" }} {{ print \\$1, (\\$1 <= ${share}) }}" OFS=, > o.csv']`,
      );
    project.write('tested.yaml', run(14));
    const made = await project.fx(['run', 'tested.yaml']);
    assert.equal(made.code, 0, made.err);
    const compare = () => project.fx(['verify', 'tested.yaml', '--no-report', '--metrics']);
    const same = await compare();
    assert.equal(same.code, 0, same.out);
    assert.match(same.out, /within their intervals \| 1 \| holds/);
    assert.match(same.out, /no intervals: the numbers of plain\./);
    const table = `item,right\n${Array.from({ length: 20 }, (_, i) => `${i},1`).join('\n')}\n`;
    const read = outcomesFrom(table, 'o.csv');
    assert.ok(read.ok);
    await forge(
      join(project.folder, 'cache'),
      ({ stage }) => stage === 'test',
      () => ({ files: { 'outcomes.safetensors': encodeOutcomes(read.value) }, metrics: { right: 1 } }),
    );
    assert.equal((await project.fx(['run', 'tested.yaml'])).code, 0);
    const other = await compare();
    assert.equal(other.code, 3, other.out);
    assert.match(other.out, /right is 1 in the result, within \\\[0\.83\d+, 1\\\]; recomputed it is 0\.7/);
  });

  it('says what cannot be made again since the result of something exact before it is gone', async () => {
    project.write('gone.yaml', GONE);
    assert.equal((await project.fx(['run', 'gone.yaml'])).code, 0);
    const cache = join(project.folder, 'cache');
    for (const { key } of recordsIn(cache).filter(({ stage }) => stage === 'base'))
      rmSync(join(cache, 'results', key.slice(0, 2), `${key.slice(2)}.json`));
    const { code, out } = await project.fx(['verify', 'gone.yaml', '--no-report', '--metrics']);
    assert.equal(code, 3, out);
    assert.match(out, /base.*its result is not available/);
  });
});

const NOISY = `fx: 1
name: noisy
title: A stage that never gives the same bits
stages:
  train: { uses: ./noise.js#train, with: {} }
  measure: { uses: ./noise.js#measure, with: { of: "\${train}" } }
`;

const TESTED = `fx: 1
name: tested
title: Programs, one of which says what came out for each item
stages:
  test:
    uses: command
    with: { run: SHARE, outputs: [o.csv], outcomes: o.csv }
  plain:
    uses: command
    with: { run: [sh, -c, 'echo a,1 > m.csv'], outputs: [m.csv], metrics: m.csv }
`;

const GONE = `fx: 1
name: gone
title: What is not exact reads what is
stages:
  base: { uses: ./noise.js#base, with: {} }
  train: { uses: ./noise.js#train, with: { after: "\${base}" } }
  measure: { uses: ./noise.js#measure, with: { of: "\${train}" } }
`;

const NOISE = `
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
const object = (properties) => ({ json: { type: 'object', properties, additionalProperties: false } });
const artifact = { fx: { artifact: ['*'] }, type: 'string' };
export const base = {
  name: 'base', says: 'What noise is added to.', produces: 'files', parameters: object({}),
  run: async ({ workspace }) => {
    writeFileSync(join(workspace, 'out.txt'), 'base');
    return { ok: true, value: {} };
  },
};
export const train = {
  name: 'train', says: 'Noise.', produces: 'files', reproducible: false, parameters: object({ after: artifact }),
  run: async ({ workspace }) => {
    writeFileSync(join(workspace, 'out.txt'), String(0.5 + (Math.random() - 0.5) / 100));
    return { ok: true, value: {} };
  },
};
export const measure = {
  name: 'measure', says: 'A number.', produces: 'files', parameters: object({ of: artifact }),
  run: async ({ parameters, workspace }) => {
    const value = Number(readFileSync(parameters.of.locate('out.txt'), 'utf8'));
    const accuracy = { value, interval: { low: value - 0.05, high: value + 0.05 } };
    writeFileSync(join(workspace, 'metrics.json'), JSON.stringify({ metrics: { accuracy } }));
    return { ok: true, value: { metrics: { accuracy: value } } };
  },
};
`;
