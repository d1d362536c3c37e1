import assert from 'node:assert/strict';
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { experiment, Project } from './project.js';

const study = (name: string): string =>
  experiment(
    name,
    `  pieces:
    uses: ./stages/mine.ts#shards
    with: { text: ${name}, count: 3 }
  links:
    uses: ./stages/mine.ts#chain
    with: { text: ${name}, count: 2 }
`,
  );

describe('fx cache gc', function () {
  this.timeout(120_000);
  let project: Project;
  before(async () => {
    project = new Project({ 'named.yaml': study('named'), 'other.yaml': study('other') });
    for (const name of ['named', 'other']) assert.equal((await project.fx('run', `${name}.yaml`, '--no-lock')).code, 0);
    const results = join(project.directory, 'cache/results');
    const longAgo = new Date(Date.now() - 30 * 86_400_000);
    for (const name of readdirSync(results, { recursive: true, encoding: 'utf8' }))
      utimesSync(join(results, name), longAgo, longAgo);
    project.executed();
  });
  after(() => project.remove());

  interface Collected {
    readonly schema: string;
    readonly results: number;
  }
  const statuses = async (name: string): Promise<readonly string[]> => {
    const { stages } = await project.json<{ stages: { status: string }[] }>('plan', `${name}.yaml`);
    return stages.map(({ status }) => status);
  };

  it('takes what was used least lately until the rest fits the size, and nothing within the limits by default', async () => {
    assert.match((await project.fx('cache', 'gc')).out, /^removed 0 results/);
    const { results } = await project.json<Collected>('cache', 'gc', '--max-size', '1 B', '--dry-run');
    assert.equal(results, 14);
  });

  it('takes what was not used for longer than the age, and keeps what named experiments need, parts and all', async () => {
    const words = ['cache', 'gc', 'named.yaml', '--max-age', '20 d'];
    const rehearsed = await project.json<Collected>(...words, '--dry-run');
    // Two whole stages, three pieces and two links of the other study.
    assert.deepEqual([rehearsed.schema, rehearsed.results], ['fx/collected@1', 7]);
    const { out } = await project.fx(...words);
    assert.match(out, /^removed 7 results, /);
    assert.deepEqual(await statuses('named'), ['hit', 'hit']);
    assert.deepEqual(await statuses('other'), ['run', 'run']);
    project.edit('named.yaml', 'count: 3', 'count: 4');
    assert.equal((await project.fx('run', 'named.yaml', '--no-lock')).code, 0);
    assert.deepEqual(project.executed(), ['named gather', 'named piece-3'], 'the parts were kept');
  });
});
