import assert from 'node:assert/strict';
import { FakeServer } from './fake-server.js';
import { Project } from './project.js';

const STUDY = 'experiments/study.yaml';
/** Results, and files of each, so that far more than ten requests are under way at once: Node takes more for a leak. */
const TEXTS = 4;
const WORDS = 16;

describe('a remote that many files are asked of at once', function () {
  this.timeout(120_000);
  const server = new FakeServer();
  let first: Project;
  let second: Project;

  before(async () => {
    await server.start();
    first = Project.example();
    for (let i = 0; i < TEXTS; i += 1) {
      const words = Array.from({ length: WORDS }, (_, word) => `${i}-${word}`);
      first.write(`data/text-${i}.txt`, words.join(' '));
      const stage = `  text-${i}: { uses: ../stages/words.js#split, with: { text: ../data/text-${i}.txt, pieces: ${WORDS} } }`;
      first.edit(STUDY, 'stages:\n', `stages:\n${stage}\n`);
    }
    const ran = await first.fx(['run', STUDY]);
    assert.equal(ran.code, 0, ran.err);
    second = first.clone();
  });
  after(async () => {
    first.remove();
    second.remove();
    await server.stop();
  });

  it('is pushed to, verified against and pulled from without a word of Node’s', async () => {
    const environment = { FX_REMOTE: server.address };
    for (const [project, ...command] of [
      [first, 'cache', 'push', STUDY],
      [second, 'verify', STUDY, '--frozen', '--no-report'],
      [second, 'cache', 'pull', STUDY],
    ] as const) {
      const { code, err } = await project.fx(command, environment);
      assert.equal(code, 0, err);
      assert.doesNotMatch(err, /warning/i, command.join(' '));
    }
    assert.ok(server.requests.filter(({ method }) => method === 'HEAD').length > TEXTS * WORDS);
  });
});
