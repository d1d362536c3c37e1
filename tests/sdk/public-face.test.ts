import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

describe('the public face of fx/stage', () => {
  it('exports what its committed list says: a change is a change of version', () => {
    const declared = readFileSync('dist/src/sdk/stage.d.ts', 'utf8');
    const names = [...declared.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, type, list]) =>
      list!
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
        .map((name) => (type === undefined && !name.startsWith('type ') ? name : `type ${name.replace(/^type /, '')}`)),
    );
    assert.deepEqual(names.sort(), readFileSync('tests/sdk/public-face.txt', 'utf8').trimEnd().split('\n'));
  });
});
