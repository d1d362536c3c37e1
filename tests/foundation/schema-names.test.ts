import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of `src` by the names of formats (`fx/report@2`) that the pattern finds in them. */
function filesByName(pattern: RegExp): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const entry of readdirSync('src', { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    for (const [, name] of readFileSync(path, 'utf8').matchAll(pattern))
      found.set(name!, (found.get(name!) ?? new Set()).add(path));
  }
  return found;
}

describe('the name of a format', () => {
  const declared = filesByName(/readonly (?:schema|format): '(fx\/[\w-]+@\d+)'/g);
  const written = filesByName(/(?<!readonly )(?:schema|format): '(fx\/[\w-]+@\d+)'/g);

  it('is that of one type', () => {
    for (const [name, files] of declared) assert.equal(files.size, 1, `${name}: ${[...files].join(', ')}`);
  });

  it('is written in one place, or is that of a type, which the compiler then compares', () => {
    assert.ok(written.size > 20);
    for (const [name, files] of written)
      if (!declared.has(name)) assert.equal(files.size, 1, `${name}: ${[...files].join(', ')}`);
  });
});
