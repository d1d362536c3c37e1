import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../foundation/files.js';

/**
 * Keys that committed locks name: their results stay in the cache. Every digest in a lock counts, whatever it stands for;
 * those that are no keys do no harm.
 */
export function keysOfLocks(project: string): ReadonlySet<string> {
  const keys = new Set<string>();
  let names: readonly string[];
  const folder = join(project, 'reports');
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if (isSystemError(error)) return keys;
    throw error;
  }
  for (const name of names.filter((each) => /(^|[/\\])lock\.yaml$/.test(each))) {
    const text = readFileSync(join(folder, name), 'utf8');
    for (const digest of text.match(/\b[0-9a-f]{64}\b/g) ?? []) keys.add(digest);
  }
  return keys;
}
