import { ok, type Result } from '../../../../foundation/failures/result.js';
import { ANNOTATION_COLUMNS, annotationOf, formatRow, readRows, type Annotation } from './annotation-row.js';
import { warning, type DatasetDiagnostic } from '../dataset-diagnostic.js';
import type { ImageEntry, ImageList } from '../sets/image-list.js';
import { textLines } from './text-lines.js';

/**
 * Our own annotations of faces, for whatever detector or hand made them: comma-separated values with the header
 *
 *     name,box-x,box-y,box-width,box-height,right-eye-x,right-eye-y,left-eye-x,...,left-mouth-x,left-mouth-y
 *
 * `name` is the image's name in its list (for most data sets its path). The box is in pixel edges, points in pixel
 * centres ((0, 0) is the middle of the first pixel); left and right are the subject's. Columns may come in any order,
 * all but `name` may be left out, and any field may be blank.
 *
 * This is a table in memory; a long one that is only looked up stays on disk (`AnnotationTable`).
 */
export type Annotations = ReadonlyMap<string, Annotation>;

export function parseAnnotations(text: string, file: string): Result<Annotations, readonly DatasetDiagnostic[]> {
  const annotations = new Map<string, Annotation>();
  const read = readRows(textLines(text), file, (row) => {
    if (annotations.has(row.name)) return false;
    annotations.set(row.name, annotationOf(row));
    return true;
  });
  return read.ok ? ok(annotations) : read;
}

export function formatAnnotations(annotations: Annotations): string {
  const lines = Array.from(annotations, ([name, annotation]) => formatRow(name, annotation));
  return [ANNOTATION_COLUMNS.join(','), ...lines].join('\n') + '\n';
}

/** A list whose entries carry these annotations instead of what their format said. Names that match nothing are warned of. */
export function annotate(
  list: ImageList,
  annotations: Annotations,
): { readonly list: ImageList; readonly warnings: readonly DatasetDiagnostic[] } {
  const unused = new Set(annotations.keys());
  for (const { name } of list.entries) unused.delete(name);
  const entries: Iterable<ImageEntry> = {
    *[Symbol.iterator]() {
      for (const entry of list.entries) yield { ...entry, ...annotations.get(entry.name) };
    },
  };
  return { list: { ...list, entries }, warnings: Array.from(unused, noSuchImage) };
}

/** A warning of an annotation whose name matches nothing. */
export function noSuchImage(name: string): DatasetDiagnostic {
  return warning('datasets/missing-image', `${name} is annotated, but the data set has no such image`);
}
