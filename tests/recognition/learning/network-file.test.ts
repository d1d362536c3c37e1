import assert from 'node:assert/strict';
import { isJsonObject, type Json, type JsonObject } from '../../../src/foundation/values/json.js';
import { isNetwork } from '../../../src/plugins/recognition/learning/checkpoint/network-file.js';
import { NETWORK_NAMES, networkNamed } from '../../../src/plugins/recognition/learning/network/catalogue.js';

/** What a number of a network may not be. */
const WRONG: readonly Json[] = [-1, 1.5, '3', null, [], 1e300];
/** May be left out, and then is no part of the layer. */
const OPTIONAL = new Set(['conv1', 'conv5', 'project']);
/** Any number will do. */
const REAL = new Set(['alpha', 'beta', 'k']);

/** The same value with each of its numbers by turns replaced, or left out where `by` is undefined. */
function* changed(value: Json, by: Json | undefined, name = ''): Generator<readonly [Json | undefined, string]> {
  if (typeof value === 'number') {
    yield [by, name];
    return;
  }
  if (!isJsonObject(value) && !Array.isArray(value)) return;
  for (const [key, inner] of Object.entries(value) as [string, Json][])
    for (const [other, at] of changed(inner, by, key)) {
      const copy = structuredClone(value) as JsonObject;
      if (other === undefined) Reflect.deleteProperty(copy, key);
      else Object.assign(copy, { [key]: other });
      yield [copy, at];
    }
}

describe('a network in a file', () => {
  const networks = NETWORK_NAMES.map((name) => {
    const network = networkNamed(name, { height: 96, width: 96 });
    assert.ok(network.ok);
    return [name, JSON.parse(JSON.stringify(network.value)) as JsonObject] as const;
  });

  it('is every one of the catalogue', () => {
    for (const [name, network] of networks) assert.ok(isNetwork(network), name);
  });

  it('is none where any of its sizes is left out, negative, broken, no number, or beyond all bounds', () => {
    for (const [name, network] of networks)
      for (const by of [undefined, ...WRONG])
        for (const [other, at] of changed(network, by)) {
          if (by === undefined && OPTIONAL.has(at)) continue;
          if (REAL.has(at) && typeof by === 'number') continue;
          assert.ok(!isNetwork(other as JsonObject), `${name}: ${at} is ${JSON.stringify(by)}`);
        }
  });
});
