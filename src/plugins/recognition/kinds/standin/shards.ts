import type { Part } from '../../../../engine/stage.js';
import type { JsonObject } from '../../../../foundation/values/json.js';

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
