import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { generatedFiles } from '../../../scripts/generate-schemas.js';
import { experimentSchema, settingsSchema } from '../../../src/engine/schemas/experiment-schema.js';
import { fileOf, keptIn, loadPrecompiled } from '../../../src/engine/values/precompiled.js';
import { validatorModule } from '../../../src/engine/values/validator-module.js';
import { validatorName } from '../../../src/engine/values/validator-name.js';
import { figureTypesOf, reportSchemaOf } from '../../../src/engine/schemas/report-section.js';
import { canonical } from '../../../src/engine/values/resolve.js';
import { SchemaChecks } from '../../../src/engine/values/schema-check.js';
import { isJsonObject, type Json, type JsonObject } from '../../../src/foundation/values/json.js';
import { builtInKinds } from '../../../src/plugins/registry.js';
import { testKinds } from '../graph/kinds.js';

const CASES = 'tests/engine/bad-input/cases';

describe('the schemas for editors', () => {
  const files = generatedFiles(testKinds);
  const ajv = new Ajv({ strict: false, allErrors: true });
  for (const [name, text] of files)
    if (name.startsWith('schemas/'))
      ajv.addSchema(JSON.parse(text) as JsonObject, name.replace('schemas/', 'https://fx/'));
  const validate = ajv.getSchema('https://fx/experiment.schema.json')!;
  const complaints = (name: string): string[] => {
    assert.ok(validate(parse(readFileSync(join(CASES, `${name}.yaml`), 'utf8'))) === false);
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
  };

  it('accept references, quantities, overlays and shorthands', () => {
    const experiment = `
fx: 1
extends: ./base.yaml
parameters: { yaw: [-35 deg, 35 deg], n: { value: 10k, type: count } }
profiles: { mini: { values: { n: 1 }, stages: { syn: { with: { size: null } }, old: null } } }
stages:
  syn: { uses: test/generate, with: { identities: "\${n}", light: "\${profile.light}", labels: "\${labels}", pose: "\${pose}" } }
  pre: { with: { shuffle: "\${flag}" }, timeout: 2 h }
  mine: { uses: ./mine.ts#kind, with: { whatever: 1 } }
report: { tables: [{ id: t, rows: { A: syn }, columns: { B: loss } }] }
`;
    assert.ok(validate(parse(experiment)), JSON.stringify(validate.errors));
  });

  it('refuse unknown keys and words where the kind is known', () => {
    assert.match(complaints('unknown-key').join('\n'), /\/stages\/syn must NOT have additional properties/);
    assert.match(complaints('unknown-key').join('\n'), /\/stages\/syn\/with must NOT have additional properties/);
    assert.match(complaints('unknown-word').join('\n'), /\/stages\/syn\/with\/light must be equal to one of/);
    assert.match(complaints('unknown-kind').join('\n'), /\/stages\/syn\/uses/);
  });
});

describe('validators made at build time', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fx-validators-'));
  after(() => rmSync(folder, { recursive: true }));
  const kinds = testKinds.map((kind) => kind.parameters.json);
  const schemas = [experimentSchema.json, settingsSchema.json, reportSchemaOf(figureTypesOf(testKinds)).json, ...kinds];

  it('agree with ajv on the experiments of the tests', async () => {
    for (const schema of schemas) writeFileSync(fileOf(folder, validatorName(schema)), validatorModule(schema)!);
    const precompiled = loadPrecompiled(folder);
    const slow = new SchemaChecks(() => undefined);
    await slow.prepare(schemas);
    let [right, wrong] = [0, 0];
    const values: Json[] = [
      {},
      5,
      null,
      [],
      { uses: 'x' },
      { type: 'bfm' },
      { model: { type: 'bfm', file: 'x' }, identities: 1 },
    ];
    for (const name of [
      'wrong-types',
      'unknown-key',
      'report-names',
      'replicates',
      'unknown-shape-of-union',
      'out-of-range',
    ]) {
      const experiment = parse(readFileSync(join(CASES, `${name}.yaml`), 'utf8')) as {
        stages: Record<string, { with?: Json }>;
        report?: Json;
      };
      values.push(
        experiment,
        experiment.report ?? {},
        ...Object.values(experiment.stages).flatMap((stage) => stage.with ?? []),
      );
    }
    for (const schema of schemas)
      for (const value of values) {
        const fits = slow.fits(schema, value);
        assert.equal(precompiled(schema)!(value), fits, JSON.stringify(value));
        if (fits) right += 1;
        else wrong += 1;
      }
    assert.ok(right > 20 && wrong > 20);
    assert.equal(precompiled({ ...experimentSchema.json, title: 'changed' }), undefined);
  });

  it('are kept for a user’s own schema, and not believed where they are damaged or those of another', async () => {
    const schema = { type: 'object', properties: { a: { type: 'number', maximum: 3 } }, required: ['a'] };
    const verdicts = (checks: SchemaChecks): readonly boolean[] =>
      [{ a: 3 }, { a: 4 }, {}].map((value) => checks.fits(schema, value));
    const own = join(folder, 'own');
    const kept = keptIn(
      () => own,
      () => undefined,
    );
    const [first, second] = [new SchemaChecks(kept), new SchemaChecks(kept)];
    assert.equal(kept(schema), undefined);
    await first.prepare([schema]);
    assert.ok(kept(schema) !== undefined);
    await second.prepare([schema]);
    assert.deepEqual(
      [verdicts(first), verdicts(second)],
      [
        [true, false, false],
        [true, false, false],
      ],
    );
    assert.equal(kept({ ...schema, required: [] }), undefined);
    const [name] = readdirSync(own);
    const damaged = join(folder, 'damaged');
    mkdirSync(damaged);
    for (const text of ['exports.', 'exports.other = () => true;', '']) {
      writeFileSync(join(damaged, name!), text);
      assert.equal(
        keptIn(
          () => damaged,
          () => undefined,
        )(schema),
        undefined,
      );
    }
    const healed = new SchemaChecks(
      keptIn(
        () => damaged,
        () => undefined,
      ),
    );
    await healed.prepare([schema]);
    assert.deepEqual(verdicts(healed), [true, false, false]);
  });

  it('spare a right experiment the loading of ajv and of the YAML package', () => {
    const script = join(folder, 'load.mjs');
    const module = (path: string): string => JSON.stringify(pathToFileURL(resolve('dist', path)).href);
    writeFileSync(
      script,
      `import { createRequire } from 'node:module';
       const { readExperiment } = await import(${module('src/engine/reading/read-experiment.js')});
       const { loadPrecompiled } = await import(${module('src/engine/values/precompiled.js')});
       const { testKinds, registryOf } = await import(${module('tests/engine/graph/kinds.js')});
       const text = process.argv[2];
       const files = { look: (path) => path.endsWith('a.yaml') ? { shape: 'file', bytes: text.length } : undefined, read: () => Buffer.from(text) };
       const precompiled = loadPrecompiled(import.meta.dirname);
       const { result } = await readExperiment({ file: 'a.yaml', folder: '/p', project: '/p', files, kinds: registryOf(testKinds), precompiled, set: ['n=[1, 2]'] });
       const loaded = Object.keys(createRequire(import.meta.url).cache).filter((name) => /node_modules.(ajv|yaml)./.test(name));
       console.log(JSON.stringify({ ok: result.ok, loaded: loaded.length > 0 }));`,
    );
    const run = (text: string): unknown =>
      JSON.parse(execFileSync(process.execPath, [script, text], { encoding: 'utf8' })) as unknown;
    const right =
      'fx: 1\nname: a\nparameters: { n: [3] }\nstages:\n  syn:\n    uses: test/generate\n    matrix: { identities: "${n}" }\n';
    assert.deepEqual(run(right), { ok: true, loaded: false });
    assert.deepEqual(run(right.replace('matrix', 'matrices')), { ok: false, loaded: true });
  });
});

describe("fx's own kinds", () => {
  it('have defaults that fit their schemas', () => {
    for (const kind of builtInKinds) checkDefaults(kind.parameters.json, kind.name);
  });
});

function checkDefaults(schema: JsonObject, path: string): void {
  if (schema.default !== undefined) assert.doesNotThrow(() => canonical(schema, schema.default!), path);
  for (const [name, property] of Object.entries((schema.properties ?? {}) as Record<string, JsonObject>))
    checkDefaults(property, `${path}.${name}`);
  for (const shape of (schema.oneOf ?? []) as JsonObject[]) checkDefaults(shape, path);
  for (const inner of [schema.items, schema.additionalProperties])
    if (isJsonObject(inner)) checkDefaults(inner, `${path}[]`);
}
