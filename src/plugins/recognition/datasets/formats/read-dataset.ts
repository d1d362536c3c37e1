import { err, fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { readText } from '../../../../foundation/files/text-file.js';
import type { Annotation } from './annotation-row.js';
import { annotateFromTable, openAnnotationTable, warnOfUnused } from './annotation-table.js';
import { annotate } from './annotations.js';
import { parseCasiaFile, readCasia } from './casia.js';
import { parseCfpFile, readCfp } from './cfp.js';
import type { DatasetDiagnostic } from '../dataset-diagnostic.js';
import { parseDtdFile, readDtd } from './dtd.js';
import { readFolder } from './folder.js';
import { IJBA_SPLITS, ijbaTableFile, parseIjbaMetadata, readIjba, type IjbaTable } from './ijba.js';
import { isClutter, type ImageList, type ListedFolder } from '../sets/image-list.js';
import { sayLeftOut } from './left-out.js';
import { parseLfwFile, readLfw } from './lfw.js';
import { parseMultiPieFile, readMultiPie, type MultiPieSelection } from './multipie.js';
import { exclude, keepOnly, parseNameList } from './name-list.js';
import { parsePos, posFile, posFivePoints } from './pos.js';
import { subset, type SubsetDraw } from './subset.js';

export type DatasetFormat = 'casia' | 'lfw' | 'ijba' | 'multipie' | 'cfp' | 'dtd' | 'folder';

/** A text file that the user names, and what to call it in diagnostics. */
export interface NamedText {
  readonly file: string;
  readonly text: string;
}

/** A file that the user names, and what to call it in diagnostics. */
export interface NamedFile {
  readonly file: string;
  readonly path: string;
}

export interface ReadOptions {
  readonly format: DatasetFormat;
  /** Lists of persons or images: nothing but these; all but those. */
  readonly keep?: NamedText;
  readonly exclude?: NamedText;
  /** Our annotations; they outweigh what the data set says. */
  readonly annotations?: NamedFile;
  /** A folder of `.pos` files, with the images' paths. */
  readonly pos?: ListedFolder;
  /** Which images of Multi-PIE; the paper's by default. */
  readonly selection?: MultiPieSelection;
  readonly subset?: { readonly size: number | 'all'; readonly draw: SubsetDraw; readonly seed: number };
}

export interface ReadDataset {
  readonly list: ImageList;
  readonly warnings: readonly DatasetDiagnostic[];
}

/**
 * The list of a data set's images: read by its format, reduced to what is wanted, a subset of it drawn, and annotations
 * attached; an annotation that matches nothing of what is wanted is warned of. Opens lists and annotations, no image.
 */
export function readDataset(
  source: ListedFolder,
  options: ReadOptions,
): Result<ReadDataset, readonly DatasetDiagnostic[]> {
  const read = readFormat(source, options);
  if (!read.ok) return read;
  let { list, warnings } = read.value;
  const take = (step: ReadDataset) => {
    list = step.list;
    warnings = [...warnings, ...step.warnings];
  };
  if (options.keep !== undefined) {
    const kept = keepOnly(list, parseNameList(options.keep.text, options.keep.file));
    if (!kept.ok) return kept;
    take(kept.value);
  }
  if (options.exclude !== undefined) {
    const left = exclude(list, parseNameList(options.exclude.text, options.exclude.file));
    if (!left.ok) return left;
    take(left.value);
  }
  if (options.pos !== undefined) {
    const annotations = readPosFolder(list, options.pos);
    if (!annotations.ok) return annotations;
    take(annotate(list, annotations.value));
  }
  const table = options.annotations && openAnnotationTable(options.annotations.path, options.annotations.file);
  if (table?.ok === false) return table;
  if (table !== undefined) warnings = [...warnings, ...warnOfUnused(table.value, list)];
  if (list.count === 0) {
    const message = 'no image is left after exclusion';
    return fail({ code: 'datasets/no-images', severity: 'error', message });
  }
  if (options.subset !== undefined) {
    const { size, draw, seed } = options.subset;
    const drawn = subset(list, size, draw, seed);
    if (!drawn.ok) return drawn;
    list = drawn.value;
  }
  // Last, so that the table is read only for the images that are drawn.
  return ok({ list: table === undefined ? list : annotateFromTable(list, table.value), warnings });
}

function readFormat(source: ListedFolder, options: ReadOptions): Result<ReadDataset, readonly DatasetDiagnostic[]> {
  const plain = (list: Result<ImageList, readonly DatasetDiagnostic[]>, isTaken: (path: string) => boolean) => {
    const leftOut = sayLeftOut(options.format, source.files, isTaken);
    return list.ok ? ok({ list: list.value, warnings: leftOut }) : err([...list.error, ...leftOut]);
  };
  switch (options.format) {
    case 'casia':
      return plain(readCasia(source.files), (path) => parseCasiaFile(path) !== undefined);
    case 'lfw':
      return plain(readLfw(source.files), (path) => parseLfwFile(path) !== undefined);
    case 'multipie':
      return plain(readMultiPie(source.files, options.selection), (path) => parseMultiPieFile(path) !== undefined);
    case 'cfp':
      return plain(readCfp(source), (path) => parseCfpFile(path) !== undefined);
    case 'dtd':
      return plain(readDtd(source.files), (path) => parseDtdFile(path) !== undefined);
    case 'folder':
      return plain(readFolder(source.files), (path) => path.includes('/'));
    case 'ijba': {
      const tables = readIjbaTables(source, 'verify_metadata', parseIjbaMetadata);
      if (!tables.ok) return tables;
      const read = readIjba(source.files, tables.value.values());
      // Which images count is in the tables: those that none names are not strange.
      if (!read.ok) return read;
      return ok({ ...read.value, warnings: [...read.value.warnings, ...sayLeftOut('ijba', source.files, () => true)] });
    }
  }
}

/**
 * The tables of one kind that a folder holds, by their split: IJB-A has ten, and fewer will do for a test.
 * `IJB-A_11_sets/` may lie at any depth.
 */
export function readIjbaTables<T>(
  source: ListedFolder,
  table: IjbaTable,
  parse: (text: string, file: string) => Result<T, readonly DatasetDiagnostic[]>,
): Result<ReadonlyMap<number, T>, readonly DatasetDiagnostic[]> {
  const wanted = new Map(Array.from({ length: IJBA_SPLITS }, (_, i) => [ijbaTableFile(table, i + 1), i + 1]));
  const found = new Map<number, string>();
  for (const { path } of source.files) {
    const match = /(?:^|\/)(IJB-A_11_sets\/.+)$/.exec(path);
    const split = match === null ? undefined : wanted.get(match[1]!);
    if (split !== undefined && !isClutter(path)) found.set(split, path);
  }
  const tables = new Map<number, T>();
  const problems: DatasetDiagnostic[] = [];
  for (const [split, path] of [...found].sort(([a], [b]) => a - b)) {
    const parsed = parse(readText(source.locate(path)), path);
    if (parsed.ok) tables.set(split, parsed.value);
    else problems.push(...parsed.error);
  }
  if (found.size === 0) {
    const message = `the folder has no ${ijbaTableFile(table, 1)}, nor that of another split`;
    problems.push({ code: 'datasets/missing-image', severity: 'error', message });
  }
  return problems.length > 0 ? err(problems) : ok(tables);
}

/** Annotations of a list's images in a folder of `.pos` files; an image without one has none. */
function readPosFolder(
  list: ImageList,
  source: ListedFolder,
): Result<ReadonlyMap<string, Annotation>, readonly DatasetDiagnostic[]> {
  const byPath = new Map<string, string>();
  for (const { path } of source.files) {
    if (!path.endsWith('.pos') || isClutter(path)) continue;
    byPath.set(path, path);
    // A name of Multi-PIE says all that its path does.
    if (list.source === 'multipie') byPath.set(path.slice(path.lastIndexOf('/') + 1), path);
  }
  const annotations = new Map<string, Annotation>();
  const problems: DatasetDiagnostic[] = [];
  for (const { name } of list.entries) {
    const file = posFile(name);
    const path = byPath.get(file) ?? byPath.get(file.slice(file.lastIndexOf('/') + 1));
    if (path === undefined) continue;
    const parsed = parsePos(readText(source.locate(path)), path);
    if (parsed.ok) annotations.set(name, { points: posFivePoints(parsed.value) });
    else problems.push(...parsed.error);
  }
  return problems.length > 0 ? err(problems) : ok(annotations);
}
