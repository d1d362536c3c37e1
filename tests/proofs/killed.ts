import assert from 'node:assert/strict';
import { cpSync, mkdirSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stream } from '../../src/foundation/numbers/random.js';
import { experiment, Project } from '../cli/project.js';

/** A run with independent parts, a chain of parts, stages that read them, and a command. */
const STUDY = experiment(
  'study',
  `  first:
    uses: ./stages/mine.ts#write
    with: { text: first, act: 'sleep:40' }
  pieces:
    uses: ./stages/mine.ts#shards
    with: { text: p, count: 6, act: 'sleep:60' }
  links:
    uses: ./stages/mine.ts#chain
    with: { text: l, count: 5, act: 'sleep:50' }
  lines:
    uses: command
    with:
      run: ['sleep 0.05; cat {pieces}/*.txt | sort > sorted.txt']
      shell: true
      inputs: { pieces: '\${pieces}' }
      outputs: [sorted.txt]
  last:
    uses: ./stages/mine.ts#write
    with: { text: last, inputs: ['\${first}', '\${pieces}', '\${links}'] }
`,
);

/** Longest while that is waited before the first line, and after any other. */
const BEFORE_MS = 200;
const BETWEEN_MS = 40;

/** What one moment showed. */
export interface Moment {
  /** Lines of progress that the run had written. */
  readonly lines: number;
  /** Parts and stages that were published when the run was killed. */
  readonly published: number;
  /** What the next run executed. */
  readonly executed: number;
}

/**
 * Kills the whole process group of a run at moments spread over its work, each a random one of its share: a while after so many
 * lines of progress, so that a busy machine does not move them all to the beginning. After each, the next run must finish, execute nothing that was published before, and leave the same bits as a run that nobody disturbed.
 */
export async function killAtMoments(
  moments: number,
  seed: number,
  tell: (moment: Moment) => void = () => undefined,
): Promise<readonly Moment[]> {
  const project = new Project({ 'study.yaml': STUDY });
  const cache = join(project.directory, 'cache');
  const empty = join(project.directory, 'empty');
  const random = stream(seed, 'moments of death');
  const run = ['run', 'study.yaml', '--no-report'];
  try {
    // Translating the project's modules is no part of the run.
    assert.equal((await project.fx('plan', 'study.yaml')).code, 0);
    mkdirSync(empty);
    const whole = await project.fx(...run);
    assert.equal(whole.code, 0, whole.err);
    const length = whole.err.trimEnd().split('\n').length;
    const undisturbed = publishedIn(cache);
    const all = project.executed();

    const seen: Moment[] = [];
    for (let i = 0; i < moments; i += 1) {
      rmSync(cache, { recursive: true });
      cpSync(empty, cache, { recursive: true });
      const lines = Math.floor(((i + random.uniform()) / moments) * length);
      const killed = project.start(...run);
      await killed.saysLines(lines);
      await sleep(random.uniform() * (lines === 0 ? BEFORE_MS : BETWEEN_MS));
      killed.signal('SIGKILL');
      await killed.finished;
      const before = publishedIn(cache);
      project.executed();
      const next = await project.fx(...run);
      const where = `killed after ${lines} lines: `;
      assert.equal(next.code, 0, where + next.err);
      const executed = project.executed();
      const again = executed.filter((label) => before.has(label));
      assert.deepEqual(again, [], `${where}executed although it was published`);
      assert.ok(
        executed.every((label) => all.includes(label)),
        where,
      );
      assert.deepEqual(publishedIn(cache), undisturbed, `${where}other bits than undisturbed`);
      const moment = { lines, published: before.size, executed: executed.length };
      seen.push(moment);
      tell(moment);
    }
    const verified = await project.fx('cache', 'verify');
    assert.equal(verified.code, 0, verified.err);
    return seen;
  } finally {
    project.remove();
  }
}

/** Artifact digests by what the ledger calls their making, read from the files of the cache and not by its code. */
function publishedIn(cache: string): ReadonlyMap<string, string> {
  const folder = join(cache, 'results');
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  const found = new Map<string, string>();
  for (const name of names.filter((each) => each.endsWith('.json')).sort()) {
    const { record } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
      record: { stage: string; part?: string; artifact: string };
    };
    found.set(LEDGER[record.stage]?.(record.part) ?? record.stage, record.artifact);
  }
  return found;
}

const LEDGER: Readonly<Record<string, (part: string | undefined) => string>> = {
  pieces: (part) => `p ${part ?? 'gather'}`,
  links: (part) => `l ${part ?? 'gather'}`,
};
