/**
 * Part of `npm run build`, after the compiler: compiles the schemas of the language and of every built-in stage kind to
 * plain code, a file each in `dist/validators/`, so that a run whose experiment is right never loads ajv.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { experimentSchema, settingsSchema } from '../src/engine/schemas/experiment-schema.js';
import { figureTypesOf, reportSchemaOf } from '../src/engine/schemas/report-section.js';
import { fileOf } from '../src/engine/values/precompiled.js';
import { validatorModule } from '../src/engine/values/validator-module.js';
import { validatorName } from '../src/engine/values/validator-name.js';
import { builtInKinds } from '../src/plugins/registry.js';

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const report = reportSchemaOf(figureTypesOf(builtInKinds));
  const schemas = [experimentSchema, settingsSchema, report, ...builtInKinds.map((kind) => kind.parameters)];
  const folder = fileURLToPath(new URL('../validators', import.meta.url));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const { json } of schemas) {
    const code = validatorModule(json);
    if (code === undefined) throw new Error('a validator needs a module at run time: a schema uses a keyword too many');
    writeFileSync(fileOf(folder, validatorName(json)), `// Made by scripts/build-validators.ts.\n${code}`);
  }
}
