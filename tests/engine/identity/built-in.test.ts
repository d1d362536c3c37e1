import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { builtInDigests, builtInIdentity } from '../../../src/engine/plan/identity/built-in.js';
import { builtInKinds } from '../../../src/plugins/registry.js';

describe('the code identities of built-in stage kinds', () => {
  it('are there for every kind, from sources of this project', function () {
    this.timeout(60_000);
    for (const { name } of builtInKinds) {
      const identity = builtInIdentity(name);
      assert.ok(identity !== undefined, `${name} has none`);
      assert.equal(builtInDigests().get(name), identity.digest);
      for (const { file } of identity.declarations) assert.ok(existsSync(file), file);
    }
  });

  it('hold what a kind does and not the engine that runs it', () => {
    const names = builtInIdentity('command')!.declarations.map(({ file, name }) => `${file}#${name}`);
    assert.ok(names.includes('src/plugins/command/run-command.ts#runCommand'), names.join('\n'));
    assert.deepEqual(
      names.filter((name) => name.startsWith('src/engine/')),
      [],
    );
    // Packages by name and version, where a kind's work is in them.
    const packages = (kind: string) => builtInIdentity(kind)!.packages.map(({ name }) => name);
    assert.deepEqual(packages('command'), []);
    assert.ok(packages('datasets/import').includes('sharp'));
  });
});
