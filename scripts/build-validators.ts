/**
 * Part of `npm run build`, after the compiler: compiles the schemas of the language and of every built-in stage kind to
 * plain code, `dist/validators.cjs`, so that a run whose experiment is right never loads ajv.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { experimentSchema, settingsSchema } from '../src/engine/schemas/experiment-schema.js';
import { figureTypesOf, reportSchemaOf } from '../src/engine/schemas/report-section.js';
import { validatorsModule } from '../src/engine/values/validators-module.js';
import { builtInKinds } from '../src/plugins/registry.js';

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const report = reportSchemaOf(figureTypesOf(builtInKinds));
  const schemas = [experimentSchema, settingsSchema, report, ...builtInKinds.map((kind) => kind.parameters)];
  const file = fileURLToPath(new URL('../validators.cjs', import.meta.url));
  const code = validatorsModule(schemas.map(({ json }) => json));
  if (code === undefined) throw new Error('a validator needs a module at run time: a schema uses a keyword too many');
  writeFileSync(file, `// Made by scripts/build-validators.ts.\n${code}`);
}
