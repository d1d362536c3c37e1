// Prints what is published: a line `experiments/x.yaml profile` for each committed lock below reports/.
import { existsSync, readdirSync } from 'node:fs';

for (const name of existsSync('reports') ? readdirSync('reports').sort() : []) {
  for (const profile of readdirSync(`reports/${name}`).sort()) {
    if (existsSync(`reports/${name}/${profile}/lock.yaml`)) console.log(`experiments/${name}.yaml ${profile}`);
  }
}
