import { isJsonObject, type JsonObject, type Json } from '../../../../foundation/values/json.js';
import { isCount } from '../../../../foundation/files/text-file.js';
import type { Layer, Network } from '../network/network.js';

/** More layers than any network of the catalogue, and wider ones: what is beyond is no network but a way to fill memory. */
const MOST_LAYERS = 10_000;
const WIDEST = 1 << 20;

/** Whether a JSON object that somebody wrote is a network: its layers are known and their sizes whole numbers. */
export function isNetwork(value: JsonObject): value is JsonObject & Network {
  const { name, input, embedding, layers } = value;
  if (typeof name !== 'string' || !isSize(embedding)) return false;
  if (!isJsonObject(input) || !isSize(input.height) || !isSize(input.width)) return false;
  return Array.isArray(layers) && layers.length <= MOST_LAYERS && layers.every(isLayer);
}

function isLayer(layer: Json): boolean {
  if (!isJsonObject(layer)) return false;
  const sizes = (...names: readonly string[]): boolean => names.every((name) => isSize(layer[name]));
  const isNamed = typeof layer.name === 'string';
  switch (layer.kind as Layer['kind']) {
    case 'conv':
      return isNamed && sizes('channels', 'size', 'stride') && isPad(layer.pad);
    case 'max-pool':
      return sizes('size', 'stride') && isPad(layer.pad);
    case 'local-response':
      return sizes('size') && ['alpha', 'beta', 'k'].every((name) => Number.isFinite(layer[name]));
    case 'inception':
      return (
        isNamed &&
        (layer.stride === 1 || layer.stride === 2) &&
        isReduced(layer.conv3) &&
        (layer.conv5 === undefined || isReduced(layer.conv5)) &&
        (layer.conv1 === undefined || isSize(layer.conv1)) &&
        isPool(layer.pool)
      );
    case 'average':
      return true;
    case 'linear':
      return isNamed && sizes('outputs');
    default:
      return false;
  }
}

function isReduced(value: Json | undefined): boolean {
  return isJsonObject(value) && isSize(value.reduce) && isSize(value.channels);
}

function isPool(value: Json | undefined): boolean {
  if (!isJsonObject(value)) return false;
  return (value.kind === 'max' || value.kind === 'l2') && (value.project === undefined || isSize(value.project));
}

function isSize(value: Json | undefined): boolean {
  return isCount(value) && value > 0 && value <= WIDEST;
}

function isPad(value: Json | undefined): boolean {
  return isCount(value) && value <= WIDEST;
}
