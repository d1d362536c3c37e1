import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { candidates, isPrivate } from '../../src/foundation/files/private-folder.js';
import { Project } from '../cli/project.js';

const EXPERIMENT = `fx: 1
name: mine
stages:
  one: { uses: ./stages/mine.ts#write, with: { text: a } }
`;

/** Files below a folder by their full paths. */
function below(folder: string): readonly string[] {
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];
}

describe('code that a stranger puts where fx keeps things', () => {
  let project: Project;
  let marker: string;
  const shared = (): string => join(project.directory, 'shared');
  const house = (): string => join(project.directory, '.cache/fx');
  beforeEach(async () => {
    project = new Project({ 'mine.yaml': EXPERIMENT });
    marker = join(project.directory, 'marker');
    const { code, err } = await project.fxWith({ FX_CACHE: shared() }, 'run', 'mine.yaml');
    assert.equal(code, 0, err);
  });
  afterEach(() => project.remove());

  it('is nowhere in a cache: what is loaded as code lies apart, in a folder of this user alone', () => {
    const code = below(shared()).filter((path) => /\.([cm]?[jt]s|node|wasm)$/.test(path));
    assert.deepEqual(code, []);
    assert.ok(below(house()).some((path) => path.endsWith('.cjs')));
    assert.ok(below(house()).some((path) => path.endsWith('mine.js')));
    assert.equal(statSync(house()).mode & 0o777, 0o700);
  });

  for (const command of [['check'], ['plan'], ['why'], ['verify', '--frozen'], ['run'], ['run', '--force']]) {
    it(`is not run by fx ${command.join(' ')}, wherever in the cache it lies`, async () => {
      const evil = `require('node:fs').writeFileSync(${JSON.stringify(marker)}, 'ran');`;
      const module = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(marker)}, 'ran');`;
      // As earlier versions had it: under the names that fx gives its own, and over whatever is there.
      for (const room of ['validators', 'modules', 'identities']) {
        if (existsSync(join(house(), room))) cpSync(join(house(), room), join(shared(), room), { recursive: true });
      }
      const planted = below(shared()).filter((path) => /\.[cm]?js$/.test(path));
      assert.ok(planted.length >= 2);
      for (const path of planted) writeFileSync(path, path.endsWith('.cjs') ? evil : module);
      for (const path of ['package.json', 'node_modules/fx/package.json']) {
        mkdirSync(dirname(join(shared(), path)), { recursive: true });
        writeFileSync(join(shared(), path), '{ "main": "/tmp/none.js" }');
      }
      const [name, ...options] = command;
      const { err } = await project.fxWith({ FX_CACHE: shared() }, name!, 'mine.yaml', ...options);
      assert.ok(!existsSync(marker), err);
    });
  }
});

describe('the folder of what is loaded as code', () => {
  let project: Project;
  beforeEach(() => (project = new Project()));
  afterEach(() => project.remove());
  const at = (path: string): string => join(project.directory, path);

  it('is made for this user alone', () => {
    assert.ok(isPrivate(at('house/fx')));
    assert.equal(statSync(at('house/fx')).mode & 0o777, 0o700);
    assert.ok(isPrivate(at('house/fx')), 'and stays');
  });

  it('is closed again where it was open', () => {
    mkdirSync(at('fx'), { mode: 0o777 });
    chmodSync(at('fx'), 0o777);
    assert.ok(isPrivate(at('fx')));
    assert.equal(statSync(at('fx')).mode & 0o777, 0o700);
  });

  it('is not one that a link leads to', () => {
    mkdirSync(at('elsewhere'), { mode: 0o700 });
    symlinkSync(at('elsewhere'), at('fx'));
    assert.ok(!isPrivate(at('fx')));
  });

  it('is not one in whose place others can put theirs', () => {
    mkdirSync(at('open'));
    chmodSync(at('open'), 0o777);
    assert.ok(!isPrivate(at('open/fx')));
    chmodSync(at('open'), 0o1777);
    assert.ok(isPrivate(at('open/fx')));
  });

  it('is not a file', () => {
    writeFileSync(at('fx'), '');
    assert.ok(!isPrivate(at('fx')));
  });

  it('is not another user’s', function () {
    if (process.getuid?.() !== 0) this.skip();
    mkdirSync(at('fx'), { mode: 0o700 });
    spawnSync('chown', ['12345', at('fx')]);
    assert.ok(!isPrivate(at('fx')));
  });

  it('is named by XDG_CACHE_HOME only where that is a whole path', () => {
    assert.equal(candidates({ XDG_CACHE_HOME: '/x' })[0], '/x/fx');
    assert.ok(!candidates({ XDG_CACHE_HOME: 'x' }).some((folder) => folder.startsWith('x')));
    assert.ok(candidates({}).length >= 1);
    // In a folder that all users share, its name tells whose it is.
    const user = process.getuid?.();
    assert.equal(candidates({}).at(-1), join(tmpdir(), user === undefined ? 'fx' : `fx-${user}`));
  });

  it('is another where none of these will do, and the run goes on', async () => {
    project.write('mine.yaml', EXPERIMENT);
    writeFileSync(at('file'), '');
    const environment = { XDG_CACHE_HOME: at('file'), TMPDIR: at('tmp') };
    mkdirSync(at('tmp'));
    chmodSync(at('tmp'), 0o777);
    const { code, err } = await project.fxWith(environment, 'run', 'mine.yaml');
    assert.equal(code, 0, err);
    assert.deepEqual(project.executed(), ['a']);
    assert.deepEqual(
      readdirSync(at('tmp')).filter((name) => name.startsWith('fx-') && existsSync(join(at('tmp'), name, 'modules'))),
      [],
      'nothing is left of it',
    );
    rmSync(at('tmp'), { recursive: true });
  });
});
