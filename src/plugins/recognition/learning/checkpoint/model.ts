import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure } from '../../../../foundation/failures/diagnostic.js';
import { isJsonObject, type Json } from '../../../../foundation/values/json.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { readText } from '../../../../foundation/files/text-file.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import type { Network } from '../network/network.js';
import { everything, parameterCount, type Arrays } from '../network/parameters.js';
import { layout } from '../network/shapes.js';
import { encodeArrays, readArrays } from './arrays.js';
import { isNetwork } from './network-file.js';

/** A trained network: what embedding, fine-tuning and other people's runtimes start from. */
export interface Model {
  readonly network: Network;
  /** Parameters and running statistics. */
  readonly weights: Arrays;
}

export const MODEL_FILES = { weights: 'weights.safetensors', network: 'network.json', onnx: 'model.onnx' } as const;
const SCHEMA = 'fx/network@1';

interface About extends Network {
  readonly schema: typeof SCHEMA;
  /** In words, for those who read the file without us. */
  readonly notes: {
    readonly parameters: number;
    readonly images: string;
    readonly kernels: string;
    readonly normalisation: string;
  };
}

/** Writes `weights.safetensors` and `network.json` into `folder`, and `model.onnx` where its bytes are given. */
export function saveModel(folder: string, { network, weights }: Model, onnx?: Uint8Array): void {
  const about: About = {
    schema: SCHEMA,
    ...network,
    notes: {
      parameters: parameterCount(network),
      images: 'RGB, rows from the top, values 0 to 255; the network itself divides by 255',
      kernels: '[height, width, in, out]; linear [in, out], in running over height, width, channel',
      normalisation: 'batch normalisation adds 1e-5 to the variance; embeddings have unit length',
    },
  };
  writeFileSync(join(folder, MODEL_FILES.weights), encodeArrays(weights, everything(network)));
  writeFileSync(join(folder, MODEL_FILES.network), `${JSON.stringify(about, undefined, 1)}\n`);
  if (onnx !== undefined) writeFileSync(join(folder, MODEL_FILES.onnx), onnx);
}

/** @param locate gives the path of a model's file by its name */
export function loadModel(locate: (file: string) => string): Result<Model, readonly LearningDiagnostic[]> {
  const path = locate(MODEL_FILES.network);
  let about: Json;
  try {
    about = JSON.parse(readText(path)) as Json;
  } catch (error) {
    return fail(failure('learning/damaged-file', `${path} can't be read: ${(error as Error).message}`));
  }
  if (!isJsonObject(about) || about.schema !== SCHEMA || !isNetwork(about))
    return fail(failure('learning/damaged-file', `${path} is not a network of schema ${SCHEMA}`));
  const { name, input, embedding, layers } = about;
  const network: Network = { name, input, embedding, layers };
  const fits = layout(network);
  if (!fits.ok) return fits;
  const weights = readArrays(locate(MODEL_FILES.weights), everything(network), `${name} as ${path} has it`);
  return weights.ok ? ok({ network, weights: weights.value }) : weights;
}
