import type { Part } from '../../engine/stage.js';
import type { JsonObject } from '../../foundation/json.js';
import { count, fraction, number, object } from '../../foundation/schema.js';

/** What all sets of the stand-in world share. */
const factor = (says: string) => number({ says, min: 0, max: 5, default: 1 });

export const worldParameters = {
  world: count({ says: 'Seed of the world: decides who its persons are and how they are photographed.', default: 1 }),
  difficulty: object(
    {
      identity: factor('What tells persons apart.'),
      light: factor('How far light departs from a soft frontal one.'),
      occlusion: factor('Glasses, hats, scarves, things in the way, and hair worn otherwise.'),
      quality: factor('Blur, noise, colour casts and compression.'),
      expression: factor('Facial movements.'),
      pose: factor('Spread of the head’s angles, where the set does not fix them.'),
    },
    { says: 'Factors on what the set was made with.', default: {} },
  ),
};

export const imageSize = (at: number) => count({ says: 'Side of an image in pixels.', min: 48, max: 512, default: at });
export const personsPerShard = (at: number) =>
  count({ says: 'People in a shard: the unit of parallel work, of resumption and of growth.', min: 1, default: at });
export const share = (says: string, at: number) => fraction({ says, min: 0, max: 1, default: at });

/**
 * Shards of persons. A shard depends on its own persons and on `keyed`, so a larger set takes over a smaller one's.
 * @param keyed parameters that decide an image
 */
export function personShards(persons: number, block: number, keyed: JsonObject): readonly Part[] {
  return Array.from({ length: Math.ceil(persons / block) }, (_, i) => {
    const begin = i * block;
    const end = Math.min(begin + block, persons);
    return { id: `persons-${String(begin).padStart(6, '0')}`, parameters: { ...keyed, begin, end } };
  });
}

/** The library that compresses images, and so decides bytes. */
export async function imageLibraries(): Promise<JsonObject> {
  const { default: sharp } = await import('sharp');
  return { sharp: sharp.versions.sharp, vips: sharp.versions.vips };
}
