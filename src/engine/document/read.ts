import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { err, fail, ok } from '../../foundation/failures/result.js';
import { problem, type DocumentCode, type Read } from './codes.js';
import type { Files } from './files.js';
import type { Document, MapNode } from './node.js';
import { readPlain } from './plain.js';
import type { Source } from './source.js';

/** More than a generated experiment of 50,000 stages takes; a data file named by mistake is larger. */
export const LARGEST_DOCUMENT = 8 * 1024 * 1024;

/** Reads the text of a file as a source. `name` is what the user calls it. */
export function readSource(files: Files, path: string, name: string, folder: string): Read<Source> {
  const found = files.look(path);
  if (found === undefined) return fail(without('document/not-found', `there is no file ${name}`));
  if (found.shape === 'folder')
    return fail(without('document/not-found', `${name} is a folder, not an experiment file`));
  if (found.bytes > LARGEST_DOCUMENT) {
    const size = (found.bytes / 1024 / 1024).toFixed(0);
    return fail(
      without(
        'document/too-large',
        `${name} has ${size} MiB; an experiment file has at most ${LARGEST_DOCUMENT / 1024 / 1024} MiB`,
        'if this is a data file, name it as an external input instead',
      ),
    );
  }
  const bytes = files.read(path);
  const source = { name, path, folder, trusted: false };
  try {
    return ok({ ...source, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) });
  } catch {
    const text = new TextDecoder('utf-8').decode(bytes);
    const at = Math.max(text.indexOf('\ufffd'), 0);
    const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    return err([
      problem(
        'document/not-utf8',
        { source: { ...source, text }, start: at, end: at + 1 },
        utf16 ? `${name} is UTF-16; an experiment file is UTF-8` : `${name} is not UTF-8 text from here on`,
        { help: 'save it as UTF-8' },
      ),
    ]);
  }
}

/** Parses an experiment, which says something. */
export async function readDocument(source: Source): Promise<Read<Document>> {
  const root = await readRoot(source);
  if (!root.ok) return root;
  if (root.value !== undefined) return ok({ root: root.value });
  return fail(
    problem('document/empty', { source, start: 0, end: Math.min(source.text.length, 1) }, `${source.name} is empty`, {
      help: 'the shortest experiment is `fx: 1`, `name: ...` and `stages: ...`; `fx init` writes one',
    }),
  );
}

/**
 * Parses a source whose root must be a map; undefined for a text that says nothing. The YAML package is loaded only where its
 * help is needed.
 */
export async function readRoot(source: Source): Promise<Read<MapNode | undefined>> {
  const plain = readPlain(source);
  if (plain !== undefined) return ok(plain);
  const { parseYaml } = await import('./parse.js');
  const parsed = parseYaml(source);
  if (!parsed.ok) return parsed;
  const root = parsed.value;
  if (root !== undefined && root.kind !== 'map')
    return fail(
      problem(
        'document/not-a-map',
        root,
        `expected \`key: value\` lines, but found ${root.kind === 'list' ? 'a list' : 'a single value'}`,
      ),
    );
  return ok(root);
}

function without(code: DocumentCode, message: string, help?: string): Diagnostic<DocumentCode> {
  return { code, severity: 'error', message, ...(help === undefined ? {} : { help }) };
}
