import { readFileSync } from 'node:fs';
import type { Artifact } from '../../engine/stage.js';
import { annotate, parseAnnotations } from '../../domain/datasets/annotations.js';
import { exclude, parseNameList, readCasia } from '../../domain/datasets/casia.js';
import type { DatasetDiagnostic } from '../../domain/datasets/dataset-diagnostic.js';
import { readDtd } from '../../domain/datasets/dtd.js';
import { readFolder } from '../../domain/datasets/folder.js';
import { ijbaTableFile, IJBA_SPLITS, parseIjbaMetadata, readIjba, type IjbaRow } from '../../domain/datasets/ijba.js';
import type { ImageList, ListedFile } from '../../domain/datasets/image-list.js';
import { readLfw } from '../../domain/datasets/lfw.js';
import { readMultiPie } from '../../domain/datasets/multipie.js';
import { parsePos, posFile, posFivePoints } from '../../domain/datasets/pos.js';
import { subset } from '../../domain/datasets/subset.js';
import { failure } from '../../foundation/diagnostic.js';
import { err, fail, ok, type Result } from '../../foundation/result.js';
import type { DatasetsImportParameters } from './import.js';

export interface ListedImages {
  readonly list: ImageList;
  readonly warnings: readonly DatasetDiagnostic[];
}

/** The images that a `datasets/import` stage is about, in the order of its shards. Opens tables, never an image. */
export function listImages(p: DatasetsImportParameters): Result<ListedImages> {
  const source = sourceOf(p);
  if (source === undefined) {
    return fail(failure('datasets/no-source', 'neither `folder` nor `files` says where the data set is'));
  }
  const read = readList(p.format, source);
  if (!read.ok) return read;
  const warnings = [...read.value.warnings];
  let { list } = read.value;
  if (p.exclude !== undefined) {
    const names = parseNameList(readFileSync(p.exclude.locate(p.exclude.files[0]!.path), 'utf8'));
    const excluded = exclude(list, names);
    list = excluded.list;
    warnings.push(...excluded.warnings);
  }
  if (p.subset !== undefined) {
    const drawn = subset(list, p.subset.images, p.subset.draw, p.subset.seed);
    if (!drawn.ok) return drawn;
    list = drawn.value;
  }
  const annotated = withPoints(list, p.annotations ?? source, p.format);
  return annotated.ok ? ok({ list: annotated.value, warnings }) : annotated;
}

export function sourceOf({ folder, files }: Pick<DatasetsImportParameters, 'folder' | 'files'>): Artifact | undefined {
  return folder ?? files;
}

function readList(format: DatasetsImportParameters['format'], source: Artifact): Result<ListedImages> {
  const listing = source.files.map(({ path, bytes }): ListedFile => ({ path, size: bytes }));
  const plain = (list: Result<ImageList>): Result<ListedImages> =>
    list.ok ? ok({ list: list.value, warnings: [] }) : list;
  switch (format) {
    case 'casia':
      return plain(readCasia(listing));
    case 'lfw':
      return plain(readLfw(listing));
    case 'multipie':
      return plain(readMultiPie(listing));
    case 'dtd':
      return plain(readDtd(listing));
    case 'folder':
      return plain(readFolder(listing));
    case 'ijba': {
      const tables = readIjbaTables(source);
      return tables.ok ? readIjba(listing, tables.value) : tables;
    }
  }
}

/** The metadata tables of all splits that the data set has, in order. */
export function readIjbaTables(source: Artifact): Result<readonly (readonly IjbaRow[])[]> {
  const tables: (readonly IjbaRow[])[] = [];
  for (let split = 1; split <= IJBA_SPLITS; split += 1) {
    const file = fileEndingWith(source, ijbaTableFile('verify_metadata', split));
    if (file === undefined) continue;
    const rows = parseIjbaMetadata(readFileSync(source.locate(file), 'utf8'), file);
    if (!rows.ok) return rows;
    tables.push(rows.value);
  }
  const missing = ijbaTableFile('verify_metadata', 1);
  return tables.length > 0
    ? ok(tables)
    : fail(failure('datasets/no-images', `the data set has no ${missing}`, 'name the folder that holds IJB-A_11_sets'));
}

/** A data set's own files may lie below another folder. */
export function fileEndingWith(source: Artifact, file: string): string | undefined {
  return source.files.find(({ path }) => path === file || path.endsWith(`/${file}`))?.path;
}

/** Adds the points that annotation files give: El Shafey's .pos beside each image of Multi-PIE, our own table elsewhere. */
function withPoints(list: ImageList, source: Artifact, format: DatasetsImportParameters['format']): Result<ImageList> {
  if (format !== 'multipie') {
    const file = fileEndingWith(source, 'annotations.csv');
    if (file === undefined) return ok(list);
    const annotations = parseAnnotations(readFileSync(source.locate(file), 'utf8'), file);
    return annotations.ok ? ok(annotate(list, annotations.value).list) : annotations;
  }
  const byName = new Map(source.files.map(({ path }) => [path.slice(path.indexOf('session')), path]));
  const problems: DatasetDiagnostic[] = [];
  const entries = list.entries.map((entry) => {
    const file = byName.get(posFile(entry.name));
    if (file === undefined) return entry;
    const annotation = parsePos(readFileSync(source.locate(file), 'utf8'), file);
    if (annotation.ok) return { ...entry, points: posFivePoints(annotation.value) };
    problems.push(...annotation.error);
    return entry;
  });
  return problems.length > 0 ? err(problems) : ok({ ...list, entries });
}
