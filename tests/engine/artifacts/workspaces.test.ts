import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Workspaces } from '../../../src/engine/artifacts/store/workspaces.js';
import { removed, removeLater } from '../../../src/foundation/files/removal.js';
import { scratch } from './scratch.js';

describe('workspaces', () => {
  const fresh = scratch();

  it('are empty, closed to others, and each has a name that none had before', async () => {
    const workspaces = new Workspaces(join(fresh(), 'tmp'));
    const seen = new Set<string>();
    const inodes = new Set<number>();
    for (let i = 0; i < 4; i += 1) {
      const path = workspaces.open();
      assert.ok(!seen.has(path));
      seen.add(path);
      inodes.add(statSync(path).ino);
      assert.equal(statSync(path).mode & 0o777, 0o700);
      assert.deepEqual(readdirSync(path), []);
      workspaces.close(path);
    }
    assert.equal(inodes.size, 1, 'one folder, given out again and again');
    workspaces.end();
    await removed();
    for (const path of seen) assert.ok(!existsSync(path), path);
  });

  it('are not given out again where something was left, or the folder is another than was made', async () => {
    const folder = join(fresh(), 'tmp');
    const workspaces = new Workspaces(folder);
    const spoil: readonly ((path: string) => void)[] = [
      (path) => writeFileSync(join(path, 'left'), ''),
      (path) => mkdirSync(join(path, 'below/deeper'), { recursive: true }),
      (path) => chmodSync(path, 0o777),
    ];
    for (const act of spoil) {
      const path = workspaces.open();
      act(path);
      workspaces.close(path);
      const next = workspaces.open();
      assert.equal(statSync(next).mode & 0o777, 0o700);
      assert.deepEqual(readdirSync(next), []);
      workspaces.close(next);
      await removed();
      assert.ok(!existsSync(path));
    }
    // Written to after it was given back: by what a stage had started and nobody found.
    const late = workspaces.open();
    workspaces.close(late);
    writeFileSync(join(late, 'late'), '');
    assert.deepEqual(readdirSync(workspaces.open()), []);
  });

  it('come though the folder of all was removed meanwhile', async () => {
    const workspaces = new Workspaces(join(fresh(), 'tmp'));
    const path = workspaces.open();
    workspaces.close(path);
    removeLater(dirname(path));
    await removed();
    assert.deepEqual(readdirSync(workspaces.open()), []);
  });
});

describe('what is removed later', () => {
  const fresh = scratch();

  it('is gone when it was waited for, links and all, and what they lead to stays', async () => {
    const folder = fresh();
    const other = join(fresh(), 'kept');
    writeFileSync(other, 'kept');
    const tree = join(folder, 'tree');
    mkdirSync(join(tree, 'a/b/c'), { recursive: true });
    for (const at of ['x', 'a/x', 'a/b/c/x']) writeFileSync(join(tree, at), at);
    symlinkSync(dirname(other), join(tree, 'a/link'));
    symlinkSync('nowhere', join(tree, 'dangling'));
    removeLater(tree);
    removeLater(join(folder, 'absent'));
    await removed();
    assert.deepEqual(readdirSync(folder), []);
    assert.ok(existsSync(other));
  });

  it('is a link, or a file, that a program put in the folder’s place: what the link leads to stays', async () => {
    const folder = join(fresh(), 'tmp');
    const others = fresh();
    mkdirSync(join(others, 'below'));
    for (const at of ['kept', 'below/kept']) writeFileSync(join(others, at), at);
    const workspaces = new Workspaces(folder);
    const path = workspaces.open();
    rmSync(path, { recursive: true });
    symlinkSync(others, path);
    workspaces.close(path);
    symlinkSync(others, join(folder, 'link'));
    removeLater(join(folder, 'link'));
    writeFileSync(join(folder, 'file'), '');
    removeLater(join(folder, 'file'));
    await removed();
    assert.deepEqual(readdirSync(folder), []);
    assert.deepEqual(readdirSync(others).sort(), ['below', 'kept']);
    assert.deepEqual(readdirSync(join(others, 'below')), ['kept']);
  });
});
