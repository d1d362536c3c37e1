import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { byCodeUnit, isJsonObject, type Json } from '../../../foundation/values/json.js';
import { SafetensorsFile, type TensorInfo } from '../../../foundation/formats/safetensors.js';
import { readText } from '../../../foundation/files/text-file.js';
import type { ArtifactFile } from '../../stage.js';

/** Where two makings of an artifact part. */
export interface Difference {
  /** The first file that differs, by path; undefined where it is the metrics that do. */
  readonly path?: string;
  /** A clause about it: `has 3 of 4096 values of tensor weight changed, ...`. */
  readonly how: string;
  /** How many more files differ. */
  readonly more: number;
}

/** Files of one side of a comparison. */
export interface Side {
  readonly files: readonly ArtifactFile[];
  /** Where a file can be read; undefined if its bytes are not available. */
  readonly locate: (file: ArtifactFile) => string | undefined;
}

/** The first difference between a result and what came out when it was recomputed; undefined where every digest is equal. */
export function differenceOf(result: Side, again: Side): Difference | undefined {
  const [before, after] = [byPath(result), byPath(again)];
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort(byCodeUnit);
  const differing = paths.filter((path) => before.get(path)?.digest !== after.get(path)?.digest);
  const [path] = differing;
  if (path === undefined) return undefined;
  const [one, two] = [before.get(path), after.get(path)];
  return { path, how: howFilesDiffer(path, result, one, again, two), more: differing.length - 1 };
}

/** The first of the metrics that differs, with how far. */
export function differenceOfMetrics(result: Json, again: Json): Difference | undefined {
  const found = firstChange('', result, again);
  return found === undefined ? undefined : { how: `has another metric${sayChange(found)}`, more: 0 };
}

function byPath({ files }: Side): ReadonlyMap<string, ArtifactFile> {
  return new Map(files.map((file) => [file.path, file]));
}

function howFilesDiffer(
  path: string,
  result: Side,
  one: ArtifactFile | undefined,
  again: Side,
  two: ArtifactFile | undefined,
): string {
  if (one === undefined) return 'was recomputed, but is not in the result';
  if (two === undefined) return 'is in the result, but was not recomputed';
  const [before, after] = [result.locate(one), again.locate(two)];
  if (before === undefined || after === undefined) return 'has other bytes (those of the result are no longer kept)';
  const special = path.endsWith('.safetensors')
    ? howTensorsDiffer(before, after)
    : path.endsWith('.json')
      ? howJsonDiffers(before, after)
      : undefined;
  return special ?? howBytesDiffer(before, after);
}

/** Undefined where one of them cannot be read as such, or only its header or padding differs. */
function howTensorsDiffer(before: string, after: string): string | undefined {
  const [one, two] = [SafetensorsFile.open(before), SafetensorsFile.open(after)];
  try {
    if (!one.ok || !two.ok) return undefined;
    for (const name of [...new Set([...one.value.tensors.keys(), ...two.value.tensors.keys()])].sort(byCodeUnit)) {
      const [a, b] = [one.value.tensors.get(name), two.value.tensors.get(name)];
      if (a === undefined) return `lacks tensor ${name}, which was recomputed`;
      if (b === undefined) return `has a tensor ${name}, which was not recomputed`;
      if (layout(a) !== layout(b)) return `has tensor ${name} as ${layout(a)}; recomputed: ${layout(b)}`;
      const how = howValuesDiffer(name, a, one.value, two.value);
      if (how !== undefined) return how;
    }
    return undefined;
  } finally {
    if (one.ok) one.value.close();
    if (two.ok) two.value.close();
  }
}

function layout({ dtype, shape }: TensorInfo): string {
  return `${dtype} [${shape.join(', ')}]`;
}

/** Bytes of a tensor held at once, from each side. */
const HELD = 16 << 20;

function howValuesDiffer(
  name: string,
  info: TensorInfo,
  one: SafetensorsFile,
  two: SafetensorsFile,
): string | undefined {
  const rows = info.shape[0] ?? 1;
  const perRow = info.shape.slice(1).reduce((a, b) => a * b, 1);
  const atOnce = Math.max(1, Math.floor((HELD * rows) / Math.max(1, info.end - info.begin)));
  let [count, furthest, first] = [0, 0, -1];
  let values: readonly [number, number] = [0, 0];
  for (let row = 0; row < rows; row += atOnce) {
    const to = Math.min(rows, row + atOnce);
    const [a, b] = [one.read(name, row, to), two.read(name, row, to)];
    for (let i = 0; i < a.length; i += 1) {
      const [x, y] = [a[i]!, b[i]!];
      if (Object.is(x, y)) continue;
      count += 1;
      furthest = Math.max(furthest, Number.isNaN(x - y) ? Infinity : Math.abs(x - y));
      if (first >= 0) continue;
      first = row * perRow + i;
      values = [x, y];
    }
  }
  if (first < 0) return undefined;
  const total = rows * perRow;
  const at = indicesOf(first, info.shape).join(', ');
  return (
    `differs in ${count} of ${total} values of tensor ${name} (${layout(info)}): the first at [${at}] is ` +
    `${values[0]} in the result and ${values[1]} recomputed; the furthest are ${sayNumber(furthest)} apart`
  );
}

function indicesOf(flat: number, shape: readonly number[]): readonly number[] {
  const indices: number[] = [];
  for (const size of shape.toReversed()) {
    indices.unshift(flat % size);
    flat = Math.floor(flat / size);
  }
  return indices;
}

function howJsonDiffers(before: string, after: string): string | undefined {
  try {
    const [one, two] = [before, after].map((path) => JSON.parse(readText(path)) as Json);
    const found = firstChange('', one, two);
    return found === undefined ? undefined : `has another value${sayChange(found)}`;
  } catch (error) {
    // A RangeError: nested deeper than the stack.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Change {
  /** A JSON pointer. */
  readonly at: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

function firstChange(at: string, before: Json | undefined, after: Json | undefined): Change | undefined {
  const enter = (names: readonly string[], of: (value: Json, name: string) => Json | undefined) => {
    for (const name of names) {
      const pointer = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const found = firstChange(pointer, of(before!, name), of(after!, name));
      if (found !== undefined) return found;
    }
    return undefined;
  };
  if (isJsonObject(before) && isJsonObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(byCodeUnit);
    return enter(names, (value, name) => (value as Record<string, Json>)[name]);
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    const names = Array.from({ length }, (_, i) => String(i));
    return enter(names, (value, name) => (value as readonly Json[])[Number(name)]);
  }
  return JSON.stringify(before) === JSON.stringify(after) ? undefined : { at, before, after };
}

function sayChange({ at, before, after }: Change): string {
  const say = (value: Json | undefined): string => {
    if (value === undefined) return 'nothing';
    const text = JSON.stringify(value);
    return text.length > 60 ? `${text.slice(0, 57)}...` : text;
  };
  const far =
    typeof before === 'number' && typeof after === 'number' ? `, ${sayNumber(Math.abs(before - after))} apart` : '';
  return ` at ${at === '' ? 'its root' : at}: ${say(before)} in the result and ${say(after)} recomputed${far}`;
}

function sayNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

/** Of any two files that are not the same. */
function howBytesDiffer(before: string, after: string): string {
  const files = [openSync(before, 'r'), openSync(after, 'r')] as const;
  try {
    const [one, two] = files.map((file) => fstatSync(file).size) as [number, number];
    const buffers = [Buffer.alloc(1 << 20), Buffer.alloc(1 << 20)] as const;
    let [count, first] = [0, -1];
    const shared = Math.min(one, two);
    for (let at = 0; at < shared; at += buffers[0].length) {
      const length = Math.min(buffers[0].length, shared - at);
      files.forEach((file, i) => readFully(file, buffers[i]!, length, at));
      if (buffers[0].subarray(0, length).equals(buffers[1].subarray(0, length))) continue;
      for (let i = 0; i < length; i += 1) {
        if (buffers[0][i] === buffers[1][i]) continue;
        count += 1;
        if (first < 0) first = at + i;
      }
    }
    const sizes = one === two ? `${one} bytes` : `${one} bytes in the result, ${two} recomputed`;
    if (first < 0) return `has ${sizes}, the shorter being the beginning of the longer`;
    return `differs from byte ${first} on, in ${count} of ${shared} bytes (${sizes})`;
  } finally {
    for (const file of files) closeSync(file);
  }
}

function readFully(file: number, buffer: Buffer, length: number, at: number): void {
  for (let done = 0; done < length;) {
    const got = readSync(file, buffer, done, length - done, at + done);
    if (got === 0) throw new Error('a blob shrank while it was read');
    done += got;
  }
}
