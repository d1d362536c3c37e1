import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { datasetRecord, Generator, type ShardRange } from '../../domain/faces/generate/generator.js';
import type { LightRecipe } from '../../domain/faces/illumination/light-recipe.js';
import { readBfmHdf5 } from '../../domain/faces/model/bfm-hdf5.js';
import { loadEmbeddedModel } from '../../domain/faces/model/embedded.js';
import type { MorphableModel } from '../../domain/faces/model/morphable-model.js';
import { DEFAULT_CAMERA } from '../../domain/faces/pose/camera.js';
import type { FramingRecipe, GeneratorRecipe } from '../../domain/faces/sample/recipe.js';
import type { FinishedPart, StageContext, StageReport } from '../../engine/stage.js';
import { canonicalText } from '../../foundation/canonical.js';
import { scaleDistribution } from '../../foundation/distribution.js';
import { ok, type Result } from '../../foundation/result.js';
import type { FacesGenerateParameters } from './generate-parameters.js';

const RADIANS = Math.PI / 180;

/** Writes one shard of the data set: the images of a range of identities. */
export async function generateFaces(
  parameters: FacesGenerateParameters,
  range: ShardRange,
  context: Pick<StageContext<unknown>, 'workspace' | 'cores' | 'signal' | 'progress'>,
): Promise<Result<StageReport>> {
  const model = await openModel(parameters);
  if (!model.ok) return model;
  const generator = Generator.open(recipeOf(parameters), { model: model.value, threads: context.cores });
  if (!generator.ok) return generator;
  try {
    const path = join(context.workspace, shardFile(range.firstIdentity));
    const written = await generator.value.writeShard(path, range, {
      signal: context.signal,
      onProgress: (done, total) => context.progress(done, total, 'images'),
    });
    if (!written.ok) return written;
    return ok({ metrics: { images: written.value.images, landmarks: generator.value.landmarks } });
  } finally {
    await generator.value.close();
  }
}

/** Writes `dataset.json`, which says what the shards hold together. */
export function describeFaces(
  parameters: FacesGenerateParameters,
  parts: readonly FinishedPart[],
  workspace: string,
): StageReport {
  const shards = parts.map(({ artifact, metrics }) => ({
    file: artifact!.files[0]!.path,
    images: metrics.images as number,
  }));
  const landmarks = parts[0]!.metrics.landmarks as readonly string[];
  const record = datasetRecord(recipeOf(parameters), landmarks, shards);
  writeFileSync(join(workspace, 'dataset.json'), `${canonicalText(record)}\n`);
  const model = parameters.model === undefined ? 'embedded' : basename(parameters.model.files[0]!.path);
  return { metrics: { images: record.images, identities: record.identities, model } };
}

function shardFile(first: number): string {
  return `shard-${String(first).padStart(8, '0')}.safetensors`;
}

/** The model of the last shard: a warm process renders many, and a large model takes longer to read than a shard. */
let opened: { readonly name: string; readonly model: MorphableModel } | undefined;

async function openModel(parameters: FacesGenerateParameters): Promise<Result<MorphableModel>> {
  const { model, shape, albedo, expression } = parameters;
  const name = canonicalText([model?.digest ?? 'embedded', shape, albedo, expression]);
  if (opened?.name === name) return ok(opened.model);
  const read = await readModel(parameters);
  if (read.ok) opened = { name, model: read.value };
  return read;
}

async function readModel(parameters: FacesGenerateParameters): Promise<Result<MorphableModel>> {
  const { model, shape, albedo, expression } = parameters;
  if (model === undefined) return ok(loadEmbeddedModel());
  const components = {
    ...(shape.components === undefined ? {} : { shape: shape.components }),
    ...(albedo.components === undefined ? {} : { albedo: albedo.components }),
    ...(expression.components === undefined ? {} : { expression: expression.components }),
  };
  return readBfmHdf5(model.locate(model.files[0]!.path), { components });
}

/** The domain's recipe: angles in radians, folders by their place. */
export function recipeOf(p: FacesGenerateParameters): GeneratorRecipe {
  const { pose, background } = p;
  return {
    seed: p.seed,
    identities: p.identities,
    samples: p.samples,
    mode: p.mode,
    size: { width: p.size, height: p.size },
    face: { shape: p.shape, albedo: p.albedo, ...(p.neutral ? {} : { expression: p.expression }) },
    pose: {
      yaw: scaleDistribution(pose.yaw, RADIANS),
      pitch: scaleDistribution(pose.pitch, RADIANS),
      roll: scaleDistribution(pose.roll, RADIANS),
    },
    distance: p.distance,
    camera: DEFAULT_CAMERA,
    framing: framingOf(p),
    light: lightOf(p),
    background:
      background.type === 'folder'
        ? { type: 'folder', path: background.folder.outside!.root, broken: background.broken }
        : background.type === 'plain'
          ? { type: 'plain', colour: background.colour as readonly [number, number, number] }
          : { type: 'procedural' },
    maps: p.maps,
    supersampling: p.supersampling,
  };
}

function framingOf({ framing }: FacesGenerateParameters): FramingRecipe {
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
