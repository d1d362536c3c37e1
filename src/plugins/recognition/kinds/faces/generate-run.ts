import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isBare } from '../../faces/appearance/recipe.js';
import { datasetRecord, Generator, type ShardRange } from '../../faces/generate/generator.js';
import type { BackgroundRecipe } from '../../faces/background/background.js';
import type { LightRecipe } from '../../faces/illumination/light-recipe.js';
import { readBfmHdf5 } from '../../faces/model/bfm-hdf5.js';
import { loadEmbeddedModel } from '../../faces/model/embedded.js';
import type { MorphableModel } from '../../faces/model/morphable-model.js';
import { DEFAULT_CAMERA } from '../../faces/pose/camera.js';
import type { FramingRecipe, GeneratorRecipe } from '../../faces/sample/recipe.js';
import { onlyFile, type FinishedPart, type StageContext, type StageReport } from '../../../../engine/stage.js';
import { canonicalText } from '../../../../foundation/values/canonical.js';
import { scaleDistribution } from '../../../../foundation/numbers/distribution.js';
import type { Json } from '../../../../foundation/values/json.js';
import { ok, type Result } from '../../../../foundation/failures/result.js';
import type { FacesGenerateParameters } from './generate-parameters.js';

const RADIANS = Math.PI / 180;

/** Writes one shard of the data set: the images of a range of identities. */
export async function generateFaces(
  parameters: FacesGenerateParameters,
  range: ShardRange,
  context: Pick<StageContext<unknown>, 'workspace' | 'cores' | 'signal' | 'progress'>,
): Promise<Result<StageReport>> {
  const opened = await openGenerator(parameters, context.cores);
  if (!opened.ok) return opened;
  const generator = opened.value;
  const path = join(context.workspace, shardFile(range.firstIdentity));
  try {
    const written = await generator.writeShard(path, range, {
      signal: context.signal,
      onProgress: (done, total) => context.progress(done, total, 'images'),
    });
    if (!written.ok) return written;
    return ok({ metrics: { images: written.value.images, landmarks: generator.landmarks } });
  } catch (error) {
    await closeGenerator();
    throw error;
  }
}

/** Writes `dataset.json`, which says what the shards hold together. */
export function describeFaces(
  parameters: FacesGenerateParameters,
  parts: readonly FinishedPart[],
  workspace: string,
): StageReport {
  const shards = parts.map(({ artifact, metrics }) => ({
    file: onlyFile(artifact!),
    images: metrics.images as number,
  }));
  const landmarks = parts[0]!.metrics.landmarks as readonly string[];
  const record = datasetRecord(recipeOf(parameters), landmarks, shards);
  writeFileSync(join(workspace, 'dataset.json'), `${canonicalText(record)}\n`);
  const model = parameters.model === undefined ? 'embedded' : basename(onlyFile(parameters.model));
  return { metrics: { images: record.images, identities: record.identities, model } };
}

export function shardFile(first: number): string {
  return `shard-${String(first).padStart(8, '0')}.safetensors`;
}

/**
 * The generator of the last shard: a warm process makes many of one data set, and reading a model, starting threads and
 * warming them up take a good part of the time that a thousand images take. Its threads keep no process alive.
 */
let last: { readonly name: string; readonly generator: Generator } | undefined;

async function openGenerator(parameters: FacesGenerateParameters, threads: number): Promise<Result<Generator>> {
  const { model, light, background } = parameters;
  const recipe = recipeOf(parameters);
  const read = [
    model?.digest ?? 'embedded',
    light.type === 'folder' ? light.folder.digest : '',
    background.type === 'folder' ? background.folder.digest : '',
  ];
  const name = canonicalText([JSON.parse(JSON.stringify(recipe)) as Json, read, threads]);
  if (last?.name === name) return ok(last.generator);
  await closeGenerator();
  const loaded = await readModel(parameters);
  if (!loaded.ok) return loaded;
  const generator = Generator.open(recipe, { model: loaded.value, threads });
  if (generator.ok) last = { name, generator: generator.value };
  return generator;
}

async function closeGenerator(): Promise<void> {
  const closing = last?.generator;
  last = undefined;
  await closing?.close();
}

export async function readModel(parameters: FacesGenerateParameters): Promise<Result<MorphableModel>> {
  const { model, shape, albedo, expression } = parameters;
  if (model === undefined) return ok(loadEmbeddedModel());
  const components = {
    ...(shape.components === undefined ? {} : { shape: shape.components }),
    ...(albedo.components === undefined ? {} : { albedo: albedo.components }),
    ...(expression.components === undefined ? {} : { expression: expression.components }),
  };
  return readBfmHdf5(model.locate(onlyFile(model)), { components });
}

/** The domain's recipe: angles in radians, folders by their place. */
export function recipeOf(p: FacesGenerateParameters): GeneratorRecipe {
  const { pose } = p;
  return {
    seed: p.seed,
    identities: p.identities,
    samples: p.samples,
    mode: p.mode,
    size: { width: p.size, height: p.size },
    face: { shape: p.shape, albedo: p.albedo, ...(p.neutral ? {} : { expression: p.expression }) },
    ...(isBare(p.appearance) ? {} : { appearance: p.appearance }),
    pose: {
      yaw: scaleDistribution(pose.yaw, RADIANS),
      pitch: scaleDistribution(pose.pitch, RADIANS),
      roll: scaleDistribution(pose.roll, RADIANS),
    },
    distance: p.distance,
    camera: DEFAULT_CAMERA,
    framing: framingOf(p),
    light: lightOf(p),
    background: backgroundOf(p),
    maps: p.maps,
    supersampling: p.supersampling,
  };
}

function backgroundOf({ background }: FacesGenerateParameters): BackgroundRecipe {
  if (background.type === 'plain')
    return { type: 'plain', colour: background.colour as readonly [number, number, number] };
  const pick = background.pick === undefined ? {} : { pick: background.pick };
  return background.type === 'procedural'
    ? { type: 'procedural', ...pick }
    : { type: 'folder', path: background.folder.outside!.root, broken: background.broken, ...pick };
}

export function framingOf({ framing }: FacesGenerateParameters): FramingRecipe {
  const { by, template, scaling, x, y } = framing;
  const shift = { x, y };
  return by === 'aligned'
    ? { type: 'aligned', template, scaling, shift }
    : { type: 'camera', centring: by, scaling, shift };
}

function lightOf({ light, energy, colour }: FacesGenerateParameters): LightRecipe {
  return { from: sourceOf(light), colour, ...(energy === undefined ? {} : { energy }) };
}

function sourceOf(light: FacesGenerateParameters['light']): LightRecipe['from'] {
  switch (light.type) {
    case 'natural':
      return light;
    case 'folder':
      return { type: 'folder', path: light.folder.outside!.root, draw: light.draw };
    case 'fixed':
      return { type: 'fixed', coefficients: light.coefficients as readonly (readonly [number, number, number])[] };
    case 'directional': {
      const { ambient, diffuse, polar, azimuth } = light;
      return {
        type: 'directional',
        ambient,
        diffuse,
        polar: scaleDistribution(polar, RADIANS),
        azimuth: scaleDistribution(azimuth, RADIANS),
      };
    }
  }
}
