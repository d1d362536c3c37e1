import { closeSync, openSync, writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { failure } from '../../../../foundation/failures/diagnostic.js';
import { err, fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { SafetensorsFile } from '../../../../foundation/formats/safetensors.js';
import { present } from '../../../../foundation/values/present.js';
import { Dresser } from '../appearance/dresser.js';
import { BackgroundFolder } from '../background/folder.js';
import { drawTexture } from '../background/textures.js';
import type { GeneratorDiagnostic } from '../diagnostic.js';
import { openLight } from '../illumination/open-light.js';
import type { MorphableModel } from '../model/morphable-model.js';
import { openGlRenderer, type GlRenderer } from '../render/gl.js';
import { landmarkModel } from '../sample/landmark-model.js';
import type { GeneratorRecipe } from '../sample/recipe.js';
import { Sampler, samplesPerIdentity, type BackgroundChoice } from '../sample/sampler.js';
import type { ShardOptions, ShardRange } from './generator.js';
import { componentCounts } from './layout.js';
import { SharedFace, sharedMean, sharedMeanAlbedo, shareModel } from './shared-model.js';

/** Images between two looks at the signal. */
const TURN = 16;

/**
 * Draws the images of a shard that the generator wrote again, through gl, in this thread: headless-gl cannot be loaded in
 * others. What is in a shard besides (visibility of landmarks, maps) is found on the software renderer's samples, so
 * that one has to draw in any case.
 */
export class GlPainter {
  /** What draws, in the words of the package. */
  readonly device: string;
  readonly #recipe: GeneratorRecipe;
  readonly #renderer: GlRenderer;
  readonly #sampler: Sampler;
  readonly #face: SharedFace;
  readonly #dresser: Dresser | undefined;
  readonly #backgrounds: BackgroundFolder | undefined;

  private constructor(
    recipe: GeneratorRecipe,
    renderer: GlRenderer,
    sampler: Sampler,
    { face, dresser }: { readonly face: SharedFace; readonly dresser: Dresser | undefined },
    backgrounds: BackgroundFolder | undefined,
  ) {
    this.device = renderer.device;
    this.#recipe = recipe;
    this.#renderer = renderer;
    this.#sampler = sampler;
    this.#face = face;
    this.#dresser = dresser;
    this.#backgrounds = backgrounds;
  }

  /** Reads what the recipe names. Close the painter when done. */
  static async open(
    recipe: GeneratorRecipe,
    model: MorphableModel,
  ): Promise<Result<GlPainter, readonly GeneratorDiagnostic[]>> {
    const { seed, size, supersampling, appearance, background } = recipe;
    const light = openLight(recipe.light);
    if (!light.ok) return light;
    const backgrounds = background.type === 'folder' ? BackgroundFolder.open(background, size) : ok(undefined);
    if (!backgrounds.ok) return backgrounds;
    const renderer = await openGlRenderer(model.vertices, model.triangles, size, supersampling);
    if (typeof renderer === 'string')
      return fail(failure('faces/renderer', `the renderer \`gl\` cannot be used: ${renderer}`));
    const shared = shareModel(model, componentCounts(recipe, model), 1);
    const dresser = appearance && new Dresser(appearance, seed, sharedMean(shared), sharedMeanAlbedo(shared));
    const sampler = new Sampler(recipe, landmarkModel(model), light.value, backgrounds.value?.count ?? 0);
    const faces = { face: new SharedFace(shared, 0), dresser };
    return ok(new GlPainter(recipe, renderer, sampler, faces, backgrounds.value));
  }

  /** @param path of a shard of this recipe and range, as `Generator.writeShard` wrote it */
  async repaint(
    path: string,
    { firstIdentity, identities }: ShardRange,
    { signal, onProgress }: ShardOptions = {},
  ): Promise<Result<void, readonly GeneratorDiagnostic[]>> {
    const samples = samplesPerIdentity(this.#recipe);
    const { width, height } = this.#recipe.size;
    const image = new Uint8Array(3 * width * height);
    const total = identities * samples;
    const begin = placeOfImages(path);
    const file = openSync(path, 'r+');
    try {
      for (let k = 0; k < total; k += 1) {
        const painted = await this.#paint(firstIdentity + Math.floor(k / samples), k % samples, image);
        if (!painted.ok) return painted;
        writeWhole(file, image, begin + k * image.length);
        if ((k + 1) % TURN !== 0 && k + 1 < total) continue;
        onProgress?.(k + 1, total);
        await turn();
        signal?.throwIfAborted();
      }
    } finally {
      closeSync(file);
    }
    return ok(undefined);
  }

  close(): void {
    this.#renderer.close();
  }

  async #paint(
    identity: number,
    sample: number,
    image: Uint8Array,
  ): Promise<Result<void, readonly GeneratorDiagnostic[]>> {
    const { face, pose, view, camera, light, colour, background } = this.#sampler.scene(identity, sample);
    const drawn = await this.#drawBackground(background, image);
    if (!drawn.ok) return drawn;
    this.#face.setIdentity(face.shape, face.albedo);
    this.#face.setExpression(face.expression);
    this.#dresser?.dress(identity, sample, this.#face.positions, this.#face.albedo);
    const { positions, albedo } = this.#dresser ?? this.#face;
    this.#renderer.render({ positions, albedo, pose, view, camera, light, colour }, image);
    return ok(undefined);
  }

  async #drawBackground(
    background: BackgroundChoice,
    image: Uint8Array,
  ): Promise<Result<void, readonly GeneratorDiagnostic[]>> {
    switch (background.type) {
      case 'plain':
        for (let k = 0; k < image.length; k += 3) image.set(background.colour, k);
        return ok(undefined);
      case 'procedural':
        drawTexture(this.#recipe.seed, background.address, this.#recipe.size, image);
        return ok(undefined);
      case 'folder': {
        const pixels = await this.#backgrounds!.pixels(background.index);
        if (!pixels.ok) return err([pixels.error]);
        image.set(pixels.value);
        return ok(undefined);
      }
    }
  }
}

/** Where in the file the first image begins. */
function placeOfImages(path: string): number {
  const file = SafetensorsFile.open(path);
  if (!file.ok) throw new Error(file.error[0]!.message);
  const { begin } = present(file.value.tensors, 'images');
  file.value.close();
  return begin;
}

function writeWhole(file: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, at + done);
}
