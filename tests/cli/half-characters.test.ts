import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { experiment, FX, Project } from './project.js';

describe('text that is no Unicode', function () {
  this.timeout(30_000);
  let project: Project;
  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.remove());
  const study = (text: string, more = ''): string =>
    experiment('e', `  one: { uses: ./stages/mine.ts#write, with: { text: ${text} } }\n`, more);

  it('is refused at its place in YAML: half of a surrogate pair, in values and keys', async () => {
    for (const text of [String.raw`"a\ud800"`, String.raw`"\udc00b"`, String.raw`a, "\udbff": b`]) {
      project.write('e.yaml', study(text));
      const { code, err } = await project.fx('check', 'e.yaml');
      assert.notEqual(code, 0);
      assert.match(err, /half of a surrogate pair[^]*e\.yaml:5:\d+/);
    }
    project.write('e.yaml', study(String.raw`"\ud83d\ude00 \ufffd"`));
    assert.equal((await project.fx('check', 'e.yaml')).code, 0);
  });

  it('is refused in settings: bytes that are no UTF-8', async () => {
    project.write('e.yaml', study('"${word}"', 'parameters: { word: { type: text, value: a } }\n'));
    await project.translate('e.yaml');
    const check = (line: string) => {
      const words = ['-c', line, process.execPath, FX, 'check', 'e.yaml'];
      // Where its modules were translated to.
      const env = { ...process.env, XDG_CACHE_HOME: join(project.directory, '.cache') };
      const { status, stderr } = spawnSync('bash', words, { cwd: project.directory, env, encoding: 'utf8' });
      return { status, stderr };
    };
    for (const line of [`exec "$0" "$@" --set $'word=\\xff'`, `FX_SET_WORD=$'\\xff' exec "$0" "$@"`]) {
      const { status, stderr } = check(line);
      assert.notEqual(status, 0, stderr);
      assert.match(stderr, /is not UTF-8 text, or holds the character U\+FFFD/);
    }
    const { status, stderr } = check('exec "$0" "$@" --set word=ä');
    assert.equal(status, 0, stderr);
  });
});
