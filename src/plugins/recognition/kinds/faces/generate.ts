import { type Artifact, type StageKind } from '../../../../engine/stage.js';
import { gridValues, type Distribution } from '../../../../foundation/numbers/distribution.js';
import type { JsonObject } from '../../../../foundation/values/json.js';
import { changedLimits } from '../../../../foundation/files/limits.js';
import { ok } from '../../../../foundation/failures/result.js';
import { parameters, type FacesGenerateParameters } from './generate-parameters.js';
import { contactSheetFigure, imageSheet } from '../datasets/sheet.js';
import { faceExports } from './exports.js';

/** Section III of Kortylewski et al. (2018): the parametric face image generator. */
export const facesGenerate: StageKind<FacesGenerateParameters> = {
  name: 'faces/generate',
  says: 'Synthesises face images from a 3D morphable model under random pose, light, expression and background.',
  parameters,
  produces: 'images',
  outputs: { 'dataset.json': 'What is in the shards.' },
  shows: {
    colour: '#D55E00',
    sheet: imageSheet,
    figures: { 'contact-sheet': contactSheetFigure },
    exports: faceExports,
  },
  metrics: { images: { says: 'Images.' }, identities: { says: 'Persons.' } },
  resources: { cores: 1, memory: 2 * 2 ** 30 },
  environment: ({ background }) =>
    Promise.resolve(background.type === 'folder' ? changedLimits('image-pixels', 'image-bytes') : undefined),
  check: async (p) => {
    if (!isToBeLookedAt(p)) return [];
    const { checkFaces } = await import('./generate-check.js');
    return checkFaces(p);
  },
  division: {
    shape: 'shards',
    parts: (p) => {
      const block = identitiesPerShard(p);
      return Array.from({ length: Math.ceil(p.identities / block) }, (_, i) => {
        const first = i * block;
        const identities = Math.min(block, p.identities - first);
        return { id: `identities-${String(first).padStart(6, '0')}`, parameters: { ...forKey(p), first, identities } };
      });
    },
    run: async ({ parameters: p, part, workspace, cores, signal, progress }) => {
      const { generateFaces } = await import('./generate-run.js');
      const { first, identities } = part.parameters as { first: number; identities: number };
      return generateFaces(p, { firstIdentity: first, identities }, { workspace, cores, signal, progress });
    },
    gather: async ({ parameters: p, parts, workspace }) => {
      const { describeFaces } = await import('./generate-run.js');
      return ok(describeFaces(p, parts, workspace));
    },
  },
};

/** Images of one identity. */
export function imagesOfIdentity(p: FacesGenerateParameters): number {
  if (p.mode === 'random') return p.samples;
  const { pose, light: source, background } = p;
  const axes: readonly Distribution[] = [
    ...(background.type === 'plain' || background.pick === undefined ? [] : [background.pick]),
    pose.yaw,
    pose.pitch,
    pose.roll,
    ...(source.type === 'directional' ? [source.polar, source.azimuth] : []),
  ];
  return axes.reduce((product, axis) => product * (axis.type === 'grid' ? gridValues(axis).length : 1), 1);
}

/** Small enough that a data set grown by a few dozen people renders little more than those. */
const MOST_IDENTITIES_PER_SHARD = 25;
const IMAGES_PER_SHARD = 1000;

export function identitiesPerShard(p: FacesGenerateParameters): number {
  if (p.shard !== undefined) return p.shard;
  return Math.min(Math.max(Math.round(IMAGES_PER_SHARD / imagesOfIdentity(p)), 1), MOST_IDENTITIES_PER_SHARD);
}

/** What a shard depends on: everything but how many identities there are in all and how they are divided. */
export function forKey(p: FacesGenerateParameters): JsonObject {
  const { identities: _, shard: __, model, ...rest } = p;
  const plain = JSON.parse(
    JSON.stringify(rest, (_key, value: unknown) => (isArtifact(value) ? '@input' : value)),
  ) as JsonObject;
  return model === undefined ? plain : { ...plain, model: '@input' };
}

function isArtifact(value: unknown): value is Artifact {
  return typeof value === 'object' && value !== null && 'locate' in value && 'digest' in value;
}

/** Files of the user's, or fewer components than the embedded model has. Nothing else needs the generator to be loaded. */
function isToBeLookedAt({ model, light, background, ...parts }: FacesGenerateParameters): boolean {
  const { shape, albedo, expression } = parts;
  return (
    model !== undefined ||
    light.type === 'folder' ||
    background.type === 'folder' ||
    [shape, albedo, expression].some(({ components }) => components !== undefined)
  );
}
