import { fnv1a } from '../../../../foundation/numbers/random.js';
import { ok, type Result } from '../../../../foundation/failures/result.js';
import { countLines, LinesAt } from '../../../../foundation/files/text-file.js';
import { annotationOf, readRows, type Annotation, type AnnotationColumns } from './annotation-row.js';
import { noSuchImage } from './annotations.js';
import type { DatasetDiagnostic } from '../dataset-diagnostic.js';
import type { ImageEntry, ImageList } from '../sets/image-list.js';
import { NameIndex } from './name-index.js';
import { fileLines } from './text-lines.js';

/**
 * A table of annotations that stays on disk, for as many images as there are: what it holds of each row is its place in a
 * {@link NameIndex}. The file must be the same at each look.
 */
export interface AnnotationTable {
  readonly path: string;
  readonly columns: AnnotationColumns;
  readonly index: NameIndex;
  /** Of a name, 32 bits. */
  readonly hash: (name: string) => number;
}

/**
 * Reads a table once, with the same complaints as `parseAnnotations`. Throws the system's error.
 *
 * @param file what to call it in diagnostics
 */
export function openAnnotationTable(
  path: string,
  file: string,
  hash: (name: string) => number = fnv1a,
): Result<AnnotationTable, readonly DatasetDiagnostic[]> {
  const index = new NameIndex(countLines(path));
  const lines = new LinesAt(path);
  try {
    const read = readRows(fileLines(path), file, ({ name }, { at }, columns) => {
      const table = { path, columns, index, hash };
      if (find(table, lines, name) !== undefined) return false;
      index.add(hash(name), at);
      return true;
    });
    return read.ok ? ok({ path, columns: read.value, index, hash }) : read;
  } finally {
    lines.close();
  }
}

/**
 * A list whose entries carry a table's annotations instead of what their format said. Each iteration reads the table again:
 * once, if its rows stand in the list's order.
 */
export function annotateFromTable(list: ImageList, table: AnnotationTable): ImageList {
  const entries: Iterable<ImageEntry> = {
    *[Symbol.iterator]() {
      const lines = new LinesAt(table.path);
      try {
        for (const entry of list.entries) yield { ...entry, ...annotationAt(table, lines, entry.name) };
      } finally {
        lines.close();
      }
    },
  };
  return { ...list, entries };
}

function annotationAt(table: AnnotationTable, lines: LinesAt, name: string): Annotation | undefined {
  const row = find(table, lines, name);
  if (row === undefined) return undefined;
  const read = table.columns.parseRow(lines.read(table.index.offset(row)));
  if (!read.ok) throw new Error(`${table.path} has changed while it was read: ${read.error}`);
  return annotationOf(read.value);
}

/** Warnings of the names in a table that a list has not, in the table's order. */
export function warnOfUnused(table: AnnotationTable, list: ImageList): readonly DatasetDiagnostic[] {
  const lines = new LinesAt(table.path);
  try {
    const used = new Uint8Array(table.index.count);
    for (const { name } of list.entries) {
      const row = find(table, lines, name);
      if (row !== undefined) used[row] = 1;
    }
    const warnings: DatasetDiagnostic[] = [];
    for (let row = used.indexOf(0); row >= 0; row = used.indexOf(0, row + 1)) {
      warnings.push(noSuchImage(nameAt(table, lines, row)));
    }
    return warnings;
  } finally {
    lines.close();
  }
}

/** The number of the row of this name. */
function find(table: AnnotationTable, lines: LinesAt, name: string): number | undefined {
  return table.index.find(table.hash(name), (row) => nameAt(table, lines, row) === name);
}

function nameAt({ columns, index }: AnnotationTable, lines: LinesAt, row: number): string {
  return columns.nameIn(lines.read(index.offset(row)));
}
