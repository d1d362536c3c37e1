import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { diskFiles } from '../../engine/document/disk.js';
import { experimentSchemaOf, stageFileOf, stageSchemaOf } from '../../engine/schemas/editor-schema.js';
import { expected } from '../../engine/values/explain.js';
import { namesModule, packageKind, type ModuleReference } from '../../engine/graph/kinds.js';
import { findProject } from '../../engine/reading/read-experiment.js';
import type { AnyStageKind } from '../../engine/stage.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import type { Json, JsonObject } from '../../foundation/values/json.js';
import { present } from '../../foundation/values/present.js';
import { suggestion } from '../../foundation/failures/nearest.js';
import type { Paints } from '../../foundation/words/terminal.js';
import { printQuantity } from '../../foundation/schema/quantity.js';
import { err, fail, ok, type Result } from '../../foundation/failures/result.js';
import type { Quantity } from '../../foundation/schema/schema.js';
import { EXIT } from '../program/exit.js';
import { builtIn, findKind, Kinds, userModules } from '../project/kinds.js';
import { originOf } from '../project/origin.js';
import { kindsOfPackages } from '../project/packages.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { columns } from '../terminal/table.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';

export interface KindsOptions {
  /** A folder for the schemas of editors. */
  readonly schemas?: string;
  readonly json?: boolean;
}

/** `fx kinds`: what stages there can be, and what each takes. */
export async function kinds(name: string | undefined, options: KindsOptions): Promise<number> {
  const terminal = openTerminal();
  const project = findProject(resolve('experiment.yaml'), diskFiles);
  const registry = new Kinds(userModules(project));
  if (options.schemas !== undefined || name === undefined) {
    const all = [...builtIn.values(), ...(await ofPackages(project, registry, terminal))];
    if (options.schemas !== undefined) return writeSchemas(options.schemas, all, terminal);
    const described = all.map(({ name: kind, says, produces }) => ({ name: kind, produces, says }));
    if (options.json === true) terminal.json({ schema: 'fx/kinds@1', kinds: described });
    else
      for (const line of columns(described.map(({ name: kind, says }) => [terminal.result.bold(kind), says])))
        terminal.say(line);
    return EXIT.done;
  }
  const kind = await find(name, registry);
  if (!kind.ok) return showDiagnostics(kind.error, () => undefined, terminal, {});
  if (options.json === true) {
    const { says, produces, outputs, parameters } = kind.value;
    const files = typeof outputs === 'function' ? {} : (outputs ?? {});
    const about = { name, says, produces, outputs: files, parameters: parameters.json };
    terminal.json({ schema: 'fx/kind@1', ...about });
  } else terminal.say(describe(kind.value, terminal.result));
  return EXIT.done;
}

/** As the command line names it: it has no lines to point into. */
function referenceTo(name: string, module: ModuleReference['module'], exported: string): ModuleReference {
  const source = { name, path: undefined, text: name, folder: process.cwd(), trusted: true };
  return { id: name, module, exported, at: { source, start: 0, end: name.length } };
}

/** Those that the packages of the project say they have; of a package that does not load, a word. */
async function ofPackages(project: string, registry: Kinds, terminal: Terminal): Promise<readonly AnyStageKind[]> {
  if (originOf(project)?.trusted === false) return [];
  const found: AnyStageKind[] = [];
  for (const name of kindsOfPackages(project)) {
    const kind = await find(name, registry);
    if (kind.ok) found.push(kind.value);
    else for (const { message } of kind.error) terminal.note(terminal.yellow(`left out: ${name}: ${message}`));
  }
  return found;
}

/** `--schemas`: for editors, with the kinds of the project's packages. */
function writeSchemas(folder: string, kinds: readonly AnyStageKind[], terminal: Terminal): number {
  const files = [
    ['experiment.schema.json', experimentSchemaOf(kinds, 'fx kinds --schemas')] as const,
    ...kinds.map((kind) => [stageFileOf(kind.name), stageSchemaOf(kind, 'fx kinds --schemas')] as const),
  ];
  for (const [path, schema] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${JSON.stringify(schema, null, 2)}\n`);
  }
  terminal.note(`wrote ${join(folder, 'experiment.schema.json')}, of ${kinds.length} kinds`);
  return EXIT.done;
}

async function find(name: string, registry: Kinds): Promise<Result<AnyStageKind>> {
  if (namesModule(name)) {
    const [path = '', exported] = name.split('#');
    if (exported === undefined) {
      return fail(
        failure('kinds/no-kind', `${name} is not the name of a stage kind`, 'write it as `./stages/mine.ts#name`'),
      );
    }
    const installed = packageKind(name);
    const module = installed === undefined ? { path: resolve(path) } : { package: installed.specifier };
    const origin = originOf('path' in module ? dirname(module.path) : registry.place.root);
    if (origin?.trusted === false) {
      const help = 'read what it does; then allow it with fx import --trust';
      return fail(failure('bundle/untrusted', `${path} came in a bundle: it is not run`, help));
    }
    const loaded = await registry.load([referenceTo(name, module, exported)]);
    // The command line has no lines to point into.
    return loaded.ok ? ok(present(loaded.value, name)) : err(loaded.error.map(({ place: _, ...rest }) => rest));
  }
  const kind = await findKind(registry.place, name);
  if (kind !== undefined) return ok(kind);
  return fail(
    failure('kinds/no-kind', `there is no stage kind \`${name}\``, suggestion(name, registry.names(), 'kinds')),
  );
}

function describe(kind: AnyStageKind, { bold, dim }: Paints): readonly string[] {
  const { division } = kind;
  const parts =
    division && { shards: 'independent shards', chain: 'a chain: each part continues the one before' }[division.shape];
  // Those of a command depend on its parameters.
  const outputs = typeof kind.outputs === 'function' ? [] : Object.entries(kind.outputs ?? {});
  const metrics = typeof kind.metrics === 'function' ? [] : Object.entries(kind.metrics ?? {});
  return [
    `${bold(kind.name)}  ${kind.says}`,
    dim(`makes ${kind.produces}${parts === undefined ? '' : `; its work is ${parts}`}`),
    ...(outputs.length === 0
      ? []
      : ['', bold('files'), ...columns(outputs.map(([path, says]) => [`  ${path}`, says]))]),
    ...(metrics.length === 0
      ? []
      : ['', bold('metrics'), ...columns(metrics.map(([metric, { says }]) => [`  ${metric}`, says]))]),
    ...showing('figures, by their type', kind.shows?.figures, bold),
    ...showing('exports: fx get --as NAME', kind.shows?.exports, bold),
    ...(kind.shows?.sheet === undefined
      ? []
      : [
          '',
          bold('sheet: fx show --with NAME=VALUE'),
          ...properties(kind.shows.sheet.options.json, '  ', { bold, dim }),
        ]),
    '',
    bold('with'),
    ...properties(kind.parameters.json, '  ', { bold, dim }),
  ];
}

function showing(
  title: string,
  items: Readonly<Record<string, { readonly says: string }>> | undefined,
  bold: Paints['bold'],
): readonly string[] {
  const rows = Object.entries(items ?? {}).map(([name, { says }]) => [`  ${name}`, says]);
  return rows.length === 0 ? [] : ['', bold(title), ...columns(rows)];
}

/** A line for each parameter, what belongs to it below: name, what it takes, its default, what it says. */
function properties(schema: JsonObject, indent: string, paint: Pick<Paints, 'bold' | 'dim'>): readonly string[] {
  const required = new Set((schema.required ?? []) as readonly string[]);
  return Object.entries((schema.properties ?? {}) as Readonly<Record<string, JsonObject>>).flatMap(
    ([name, property]) => {
      const says = typeof property.description === 'string' ? property.description : '';
      const rest = [takes(property), required.has(name) ? 'needed' : defaultOf(property)].filter((each) => each !== '');
      return [
        `${indent}${name}: ${paint.dim(rest.join(', '))}`,
        `${indent}    ${says}`,
        ...below(property, `${indent}  `, paint),
      ];
    },
  );
}

function below(property: JsonObject, indent: string, paint: Pick<Paints, 'bold' | 'dim'>): readonly string[] {
  if (property.oneOf !== undefined) {
    const tag = (property.discriminator as JsonObject).propertyName as string;
    return (property.oneOf as readonly JsonObject[]).flatMap((shape) => {
      const { [tag]: word, ...others } = shape.properties as Readonly<Record<string, JsonObject>>;
      const words = (word?.enum ?? [word?.const]) as readonly string[];
      return [
        `${indent}${tag}: ${words.join(' or ')}`,
        ...properties({ ...shape, properties: others }, `${indent}  `, paint),
      ];
    });
  }
  return property.properties === undefined ? [] : properties(property, indent, paint);
}

function takes(property: JsonObject): string {
  if (property.enum !== undefined) return (property.enum as readonly Json[]).map(String).join(' | ');
  if (property.oneOf !== undefined || property.properties !== undefined) return '';
  const items = property.items as JsonObject | undefined;
  if (items?.enum !== undefined) return `a list of ${(items.enum as readonly Json[]).map(String).join(' | ')}`;
  const fx = property.fx as { quantity?: Quantity; distribution?: Quantity; min?: number; max?: number } | undefined;
  const of = fx?.quantity ?? fx?.distribution;
  if (fx === undefined || of === undefined) return expected(property);
  const from = fx.min === undefined ? '' : ` from ${printQuantity(of, fx.min)}`;
  const to = fx.max === undefined ? '' : ` to ${printQuantity(of, fx.max)}`;
  return `${expected(property)}${from}${to}`;
}

function defaultOf(property: JsonObject): string {
  if (property.default === undefined) return 'optional';
  const value = property.default;
  return `default ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}
