/**
 * Builds the embedded face model, `assets/face-model.safetensors`, from the head, the anthropometry and the expressions
 * described in `scripts/face-model/`. `--check` compares instead of writing, and fails where the asset is stale.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { embeddedModelPath } from '../src/plugins/recognition/faces/model/embedded.js';
import { buildFaceModel } from './face-model/build.js';

const bytes = buildFaceModel();
if (process.argv.includes('--check')) {
  if (!readFileSync(embeddedModelPath).equals(bytes)) {
    console.error(`${embeddedModelPath} is stale: run node dist/scripts/build-face-model.js`);
    process.exitCode = 1;
  }
} else {
  mkdirSync(dirname(embeddedModelPath), { recursive: true });
  writeFileSync(embeddedModelPath, bytes);
  console.log(`${embeddedModelPath}: ${(bytes.length / 2 ** 20).toFixed(2)} MiB`);
}
