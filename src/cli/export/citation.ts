import { join } from 'node:path';
import { readIfPresent } from '../results/lock.js';
import type { Citation } from '../../engine/sharing/bundle/entities.js';
import { isJsonObject, type Json } from '../../foundation/values/json.js';
import { readText } from '../../foundation/files/text-file.js';

/** The licence that a project states, as a URL where it is one of SPDX's. */
export function licenseOf(project: string): string {
  try {
    const { license } = JSON.parse(readText(join(project, 'package.json'))) as { license?: unknown };
    if (typeof license === 'string' && license !== 'UNLICENSED') return `https://spdx.org/licenses/${license}`;
  } catch {
    // No package, or a broken one: nothing is stated.
  }
  return 'No licence is stated.';
}

/** What a project's CITATION.cff (Citation File Format 1.2) asks to cite: the preferred citation, else itself. */
export async function readCitation(path: string): Promise<Citation | undefined> {
  const text = readIfPresent(path);
  if (text === undefined) return undefined;
  const { parse } = await import('yaml');
  let value: Json;
  try {
    value = parse(text, { maxAliasCount: 0 }) as Json;
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const preferred = value['preferred-citation'];
  const cited = isJsonObject(preferred) ? preferred : value;
  const { title, authors, doi, url, year } = cited;
  if (typeof title !== 'string') return undefined;
  return {
    name: title,
    authors: Array.isArray(authors) ? (authors as readonly Json[]).flatMap(nameOf) : [],
    url: typeof doi === 'string' ? `https://doi.org/${doi}` : typeof url === 'string' ? url : undefined,
    year: typeof year === 'number' ? year : undefined,
  };
}

function nameOf(author: Json): readonly string[] {
  if (!isJsonObject(author)) return [];
  const { name, 'given-names': given, 'family-names': family } = author;
  const parts = [given, family].filter((part) => typeof part === 'string');
  return typeof name === 'string' ? [name] : parts.length > 0 ? [parts.join(' ')] : [];
}
