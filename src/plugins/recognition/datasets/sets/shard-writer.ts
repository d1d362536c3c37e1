import { renameSync, rmSync } from 'node:fs';
import { SafetensorsFile } from '../../../../foundation/formats/safetensors.js';
import { SafetensorsWriter, type TensorLayout } from '../../../../foundation/formats/safetensors-writer.js';
import { applySimilarity } from '../alignment/alignment.js';
import { ALIGNED_BY, type AlignedFace } from '../alignment/align-face.js';
import type { ImageEntry } from './image-list.js';

/**
 * Writes a shard (see `image-set.ts` for its tensors) as its images are finished, in any order, and holds none of them.
 *
 * The file is laid out for all entries, beside its place. If some turn out to be left out, those that stay are copied to
 * another, since a shard has no gaps; nothing is at the shard's place before it is whole.
 */
export class ShardWriter {
  readonly #path: string;
  readonly #entries: readonly ImageEntry[];
  readonly #size: number;
  readonly #draft: Draft;

  /** @param size side of the images in pixels */
  constructor(path: string, entries: readonly ImageEntry[], size: number) {
    this.#path = path;
    this.#entries = entries;
    this.#size = size;
    this.#draft = new Draft(`${path}.draft`, shardLayout(entries, size));
  }

  /** @param pixels [size, size, 3] of the entry of this index */
  writeImage(index: number, pixels: Uint8Array): void {
    this.#draft.tensors.writeRows('images', index, pixels);
  }

  /** Puts the shard at its place. @param faces of all entries, in their order; undefined for those to leave out */
  finish(faces: readonly (AlignedFace | undefined)[]): void {
    const kept = [...faces.keys()].filter((index) => faces[index] !== undefined);
    if (kept.length === this.#entries.length) this.#complete(this.#draft, kept, faces);
    else this.#copy(kept, faces);
  }

  /** Leaves nothing behind but a shard that is finished. To be called once, whatever happened. */
  close(): void {
    this.#draft.discard();
  }

  #copy(kept: readonly number[], faces: readonly (AlignedFace | undefined)[]): void {
    const all = this.#draft.reopen();
    const entries = kept.map((index) => this.#entries[index]!);
    let copy: Draft | undefined;
    try {
      copy = new Draft(`${this.#path}.kept`, shardLayout(entries, this.#size));
      const pixels = new Uint8Array(this.#size * this.#size * 3);
      for (const [row, index] of kept.entries()) {
        copy.tensors.writeRows('images', row, all.read('images', index, index + 1, pixels));
      }
      this.#complete(copy, kept, faces);
    } finally {
      all.close();
      copy?.discard();
    }
  }

  #complete(draft: Draft, kept: readonly number[], faces: readonly (AlignedFace | undefined)[]): void {
    writeLabels(
      draft.tensors,
      kept.map((index) => this.#entries[index]!),
      kept.map((index) => faces[index]!),
    );
    draft.moveTo(this.#path);
  }
}

/** A file in the making. */
class Draft {
  readonly tensors: SafetensorsWriter;
  readonly #path: string;
  #isOpen = true;

  constructor(path: string, layout: Readonly<Record<string, TensorLayout>>) {
    this.#path = path;
    this.tensors = new SafetensorsWriter(path, layout);
  }

  /** For reading: no more is written. */
  reopen(): SafetensorsFile {
    this.#end();
    const opened = SafetensorsFile.open(this.#path);
    if (!opened.ok) throw new Error(opened.error[0]!.message);
    return opened.value;
  }

  moveTo(path: string): void {
    this.#end();
    renameSync(this.#path, path);
  }

  discard(): void {
    this.#end();
    rmSync(this.#path, { force: true });
  }

  #end(): void {
    if (this.#isOpen) this.tensors.close();
    this.#isOpen = false;
  }
}

function shardLayout(entries: readonly ImageEntry[], size: number): Record<string, TensorLayout> {
  const n = entries.length;
  return {
    images: { dtype: 'U8', shape: [n, size, size, 3] },
    identity: { dtype: 'I32', shape: [n] },
    sample: { dtype: 'I32', shape: [n] },
    landmarks: { dtype: 'F32', shape: [n, 5, 2] },
    visible: { dtype: 'U8', shape: [n, 5] },
    aligned_by: { dtype: 'U8', shape: [n] },
    file_names: { dtype: 'U8', shape: [fileNames(entries).length] },
  };
}

/** All tensors but the images. */
function writeLabels(tensors: SafetensorsWriter, entries: readonly ImageEntry[], faces: readonly AlignedFace[]): void {
  const n = entries.length;
  const landmarks = new Float32Array(n * 10).fill(NaN);
  const visible = new Uint8Array(n * 5);
  faces.forEach((face, row) => {
    if (face.points === undefined) return;
    const points = applySimilarity(face.transform, face.points);
    landmarks.set(points, row * 10);
    for (let k = 0; k < 5; k += 1) visible[row * 5 + k] = Number.isNaN(points[2 * k]!) ? 0 : 1;
  });
  tensors.writeRows('landmarks', 0, landmarks);
  tensors.writeRows('visible', 0, visible);
  const identity = entries.map(({ person }) => person);
  const sample = entries.map((entry) => entry.sample);
  const alignedBy = faces.map((face) => ALIGNED_BY.indexOf(face.alignedBy));
  tensors.writeRows('identity', 0, Int32Array.from(identity));
  tensors.writeRows('sample', 0, Int32Array.from(sample));
  tensors.writeRows('aligned_by', 0, Uint8Array.from(alignedBy));
  tensors.writeRows('file_names', 0, fileNames(entries));
}

function fileNames(entries: readonly ImageEntry[]): Uint8Array {
  return Buffer.from(entries.map(({ name }) => `${name}\n`).join(''));
}
