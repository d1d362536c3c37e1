/**
 * Speed of evaluating morphable models by the reference in `model/evaluate.ts`, on one core, beside its floors: the time
 * to read the basis once (memory) and the multiply-adds at one a cycle (scalar JavaScript; the generator's WebAssembly
 * kernel does four). Run: npx tsc -p . && node dist/bench/morphable-model.js [path of a BFM-layout .h5]
 */
import { readBfmHdf5 } from '../src/plugins/recognition/faces/model/bfm-hdf5.js';
import { loadEmbeddedModel } from '../src/plugins/recognition/faces/model/embedded.js';
import { addExpression, addExpressions, evaluateIdentity } from '../src/plugins/recognition/faces/model/evaluate.js';
import type { MorphableModel } from '../src/plugins/recognition/faces/model/morphable-model.js';

const path = process.argv[2] ?? '../shared/data/ict-facekit/ict-facekit-face.h5';
const loading = performance.now();
const models: MorphableModel[] = [loadEmbeddedModel()];
console.log(`embedded model loaded in ${(performance.now() - loading).toFixed(0)} ms`);
const reading = performance.now();
const read = await readBfmHdf5(path);
if (read.ok) {
  models.push(read.value);
  console.log(`${read.value.name} read in ${(performance.now() - reading).toFixed(0)} ms`);
} else console.log(`left out: ${read.error[0]?.message ?? path}`);

const BATCH = 32;
for (const model of models) {
  const { expression, shape, albedo, vertices } = model;
  const coefficients = Array.from({ length: BATCH }, (_, f) =>
    Float32Array.from({ length: expression.components }, (__, k) => ((f * 7 + k * 3) % 11) / 5 - 1),
  );
  const outs = coefficients.map(() => new Float32Array(3 * vertices));
  const shapeOf = new Float32Array(shape.components).fill(0.5);
  const albedoOf = new Float32Array(albedo.components).fill(0.5);
  const { shape: neutral } = evaluateIdentity(model, shapeOf, albedoOf);
  const identity = best(() => evaluateIdentity(model, shapeOf, albedoOf));
  const alone = best(() => {
    for (let f = 0; f < BATCH; f += 1) addExpression(model, neutral, coefficients[f]!, outs[f]);
  });
  const together = best(() => addExpressions(model, neutral, coefficients, outs));
  let total = 0;
  const reads = best(() => (total += sum(expression.basis)));
  const products = (3 * vertices * expression.components) / 1e6;
  console.log(
    `\n${model.name}: ${vertices} vertices, ${shape.components}/${albedo.components}/${expression.components} components` +
      `\n  identity                    ${identity.toFixed(3)} ms` +
      `\n  expression, one at a time   ${(alone / BATCH).toFixed(3)} ms a face` +
      `\n  expression, ${BATCH} together     ${(together / BATCH).toFixed(3)} ms a face` +
      `\n  floors: ${products.toFixed(2)} M multiply-adds, ${(products / 3).toFixed(3)} ms at one a cycle of 3 GHz;` +
      ` summing the basis ${reads.toFixed(3)} ms${total === 0 ? ' ' : ''}`,
  );
}

function sum(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i + 4 <= values.length; i += 4) {
    a += values[i]!;
    b += values[i + 1]!;
    c += values[i + 2]!;
    d += values[i + 3]!;
  }
  return a + b + c + d;
}

/** The least time of several, ms: what the code needs when nothing else runs. */
function best(work: () => unknown): number {
  let least = Infinity;
  for (let i = 0; i < 25; i += 1) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
