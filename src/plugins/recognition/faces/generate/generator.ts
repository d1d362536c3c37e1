import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { err, ok, type Result } from '../../../../foundation/failures/result.js';
import { SafetensorsWriter } from '../../../../foundation/formats/safetensors-writer.js';
import type { DatasetRecord, ShardEntry } from '../../datasets/sets/image-set.js';
import { BackgroundFolder } from '../background/folder.js';
import { openLight } from '../illumination/open-light.js';
import type { MorphableModel } from '../model/morphable-model.js';
import { landmarkModel } from '../sample/landmark-model.js';
import type { GeneratorRecipe } from '../sample/recipe.js';
import { Sampler, samplesPerIdentity } from '../sample/sampler.js';
import { checkRecipe } from './check.js';
import type { GeneratorDiagnostic } from '../diagnostic.js';
import { componentCounts, fileLayout, type Rows } from './layout.js';
import { RenderPool } from './pool.js';
import type { RenderWork } from './sample-renderer.js';
import { shareModel } from './shared-model.js';

export interface GeneratorOptions {
  readonly model: MorphableModel;
  /** Worker threads; as many as the machine runs at once by default. No bit depends on it. */
  readonly threads?: number;
}

export interface ShardRange {
  readonly firstIdentity: number;
  readonly identities: number;
}

export interface ShardOptions {
  /** Called as images are finished, with the number done of this shard. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the work with the signal's reason; nothing is left at the path. */
  readonly signal?: AbortSignal;
}

/** A recipe made ready: the model in memory that threads share, lights read, backgrounds listed. */
export class Generator {
  readonly recipe: GeneratorRecipe;
  readonly samplesPerIdentity: number;
  /** Names of the landmarks, in the order of the tensors. */
  readonly landmarks: readonly string[];
  readonly #pool: RenderPool;
  readonly #sampler: Sampler;
  readonly #backgrounds: BackgroundFolder | undefined;

  private constructor(
    recipe: GeneratorRecipe,
    pool: RenderPool,
    sampler: Sampler,
    backgrounds: BackgroundFolder | undefined,
  ) {
    this.recipe = recipe;
    this.samplesPerIdentity = samplesPerIdentity(recipe);
    this.landmarks = sampler.landmarks;
    this.#pool = pool;
    this.#sampler = sampler;
    this.#backgrounds = backgrounds;
  }

  /** Checks the recipe against the model and reads what it names. Close the generator when done. */
  static open(recipe: GeneratorRecipe, options: GeneratorOptions): Result<Generator, readonly GeneratorDiagnostic[]> {
    const problems: GeneratorDiagnostic[] = [...checkRecipe(recipe, options.model)];
    const light = openLight(recipe.light);
    if (!light.ok) problems.push(...light.error);
    const backgrounds =
      recipe.background.type === 'folder' ? BackgroundFolder.open(recipe.background, recipe.size) : ok(undefined);
    if (!backgrounds.ok) problems.push(...backgrounds.error);
    if (problems.length > 0 || !light.ok || !backgrounds.ok) return err(problems);
    const count = backgrounds.value?.count ?? 0;
    const threads = options.threads ?? availableParallelism();
    const landmarks = landmarkModel(options.model);
    const work: RenderWork = {
      recipe,
      model: shareModel(options.model, componentCounts(recipe, options.model), threads),
      landmarks,
      light: light.value,
      backgrounds: count,
    };
    const sampler = new Sampler(recipe, landmarks, light.value, count);
    return ok(new Generator(recipe, new RenderPool(work, threads), sampler, backgrounds.value));
  }

  /**
   * Writes the images of a range of identities as a shard of an image set (`image-set.ts`, `layout.ts`). The file's
   * bytes depend on the recipe, the model and the range alone. Fails where a background image can't be read.
   *
   * @param path of a file that does not exist yet
   */
  async writeShard(
    path: string,
    range: ShardRange,
    options: ShardOptions = {},
  ): Promise<Result<WrittenShard, readonly GeneratorDiagnostic[]>> {
    const images = range.identities * this.samplesPerIdentity;
    const writer = new SafetensorsWriter(path, fileLayout(this.#pool.layout, images), {
      landmarks: this.landmarks.join(','),
    });
    const first = range.firstIdentity * this.samplesPerIdentity;
    let whole = false;
    let done = 0;
    try {
      await this.#run(
        first,
        first + images,
        (rows, at, count) => {
          for (const name of rows.names) writer.writeRows(name, at - first, rows.rows(name, 0, count));
          done += count;
          options.onProgress?.(done, images);
        },
        options.signal,
      );
      whole = true;
    } catch (error) {
      if (error instanceof UnreadableBackground) return err([error.diagnostic]);
      throw error;
    } finally {
      writer.close();
      if (!whole) rmSync(path, { force: true });
    }
    return ok({ images, bytes: writer.bytes });
  }

  /** Images of some samples in memory, for previews and measurements: [count, h, w, 3] from sample `first` on. */
  async images(first: number, count: number): Promise<Uint8Array> {
    const { width, height } = this.recipe.size;
    const size = width * height * 3;
    const out = new Uint8Array(count * size);
    await this.#run(first, first + count, (rows, at, n) => out.set(rows.rows('images', 0, n), (at - first) * size));
    return out;
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #run(
    first: number,
    end: number,
    sink: (rows: Rows, first: number, count: number) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const backgrounds = this.#backgrounds;
    const prepare =
      backgrounds && ((rows: Rows, at: number, count: number) => this.#prepare(backgrounds, rows, at, count));
    await this.#pool.run(first, end, sink, { ...(prepare && { prepare }), ...(signal && { signal }) });
  }

  async #prepare(backgrounds: BackgroundFolder, rows: Rows, first: number, count: number): Promise<void> {
    for (let k = 0; k < count; k += 1) {
      const identity = Math.floor((first + k) / this.samplesPerIdentity);
      const choice = this.#sampler.background(identity, (first + k) % this.samplesPerIdentity);
      if (choice.type !== 'folder') continue;
      const pixels = await backgrounds.pixels(choice.index);
      if (!pixels.ok) throw new UnreadableBackground(pixels.error);
      rows.row('images', k).set(pixels.value);
    }
  }
}

export interface WrittenShard {
  readonly images: number;
  readonly bytes: number;
}

/** Carries an expected failure through the pool. */
class UnreadableBackground extends Error {
  readonly diagnostic: GeneratorDiagnostic;

  constructor(diagnostic: GeneratorDiagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

/** The record of a data set made of shards with the given numbers of identities, in order. */
export function datasetRecord(
  recipe: GeneratorRecipe,
  landmarks: readonly string[],
  shards: readonly ShardEntry[],
): DatasetRecord {
  return {
    schema: 'fx/dataset@1',
    images: shards.reduce((sum, shard) => sum + shard.images, 0),
    identities: recipe.identities,
    height: recipe.size.height,
    width: recipe.size.width,
    shards,
    landmarks,
    source: 'faces/generate',
  };
}
