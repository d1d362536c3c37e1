import type { ErrorObject } from 'ajv';
import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import type { JsonObject } from '../../foundation/values/json.js';
import { suggestion } from '../../foundation/failures/nearest.js';
import { QUANTITIES } from '../../foundation/schema/quantity.js';
import type { Quantity } from '../../foundation/schema/schema.js';
import { problem } from '../document/codes.js';
import { child, showNode, type Entry, type MapNode, type Node } from '../document/node.js';
import type { Located } from '../document/source.js';
import type { ValueCode } from './codes.js';
import { isBroken } from './scope.js';
import { isStageReference, valueless } from './substitute.js';

/** How the value that was checked is called: `with` of stage x, the experiment. */
export interface Checked {
  readonly node: MapNode;
  /** Where to point for what is missing at the top. */
  readonly at: Located;
  /** The thing whose keys are at the top: `faces/generate`, `an experiment`. */
  readonly what: string;
}

/** ajv's errors in the words of the YAML, each at its place. */
export function explain(errors: readonly ErrorObject[], checked: Checked): Diagnostic<ValueCode>[] {
  return errors.flatMap((error) => explainOne(error, checked) ?? []);
}

function explainOne(error: ErrorObject, checked: Checked): Diagnostic<ValueCode> | undefined {
  const path = segments(error.instancePath);
  const { node, entry } = find(checked.node, path);
  if (node === undefined || isBroken(node) || valueless(node) !== undefined) return undefined;
  const schema = (error.parentSchema ?? {}) as JsonObject;
  const name = path.length === 0 ? checked.what : `\`${path.join('.')}\``;
  const known = Object.keys((schema.properties as JsonObject | undefined) ?? {});
  if (error.propertyName !== undefined) return undefined; // `propertyNames` says it.
  switch (error.keyword) {
    case 'propertyNames': {
      const { propertyName } = error.params as { propertyName: string };
      const { names, rule } = ((schema.propertyNames as JsonObject).fx ?? {}) as { names?: string; rule?: string };
      const at = node.kind === 'map' ? (node.entries.get(propertyName)?.key ?? node) : node;
      const message = `${quotedName(propertyName)} is no name for ${names ?? name}`;
      return problem('experiment/bad-name', at, rule === undefined ? message : `${message}: ${rule}`);
    }
    case 'additionalProperties': {
      const key = (error.params as { additionalProperty: string }).additionalProperty;
      const at = node.kind === 'map' ? (node.entries.get(key)?.key ?? node) : node;
      const owner = path.length === 0 ? checked.what : name;
      return problem('experiment/unknown-key', at, `${owner} has no key \`${key}\``, {
        help: key.endsWith(')') ? IN_FLOW : suggestion(key, known, 'it has'),
      });
    }
    case 'required': {
      const key = (error.params as { missingProperty: string }).missingProperty;
      const there = child(node, key);
      if (there !== undefined && isBroken(there)) return undefined;
      const wanted = (schema.properties as Record<string, JsonObject> | undefined)?.[key];
      const at = path.length === 0 ? checked.at : (entry?.key ?? node);
      return problem('experiment/missing-key', at, `${name} needs the key \`${key}\``, {
        help: wanted === undefined ? undefined : about(key, wanted),
      });
    }
    case 'type':
      return problem('experiment/wrong-type', node, `${name} must be ${expected(schema)}, but is ${described(node)}`, {
        help: typeHelp(schema, node),
      });
    case 'enum':
    case 'const': {
      const words = (schema.enum ?? [schema.const]) as (string | number)[];
      const list = words.map((word) => `\`${word}\``).join(', ');
      return problem(
        'experiment/unknown-word',
        node,
        `${name} must be ${words.length === 1 ? list : `one of ${list}`}, but is ${described(node)}`,
        { help: node.kind === 'scalar' ? near(String(node.value), words.map(String)) : undefined },
      );
    }
    case 'discriminator': {
      const { tag, tagValue } = error.params as { tag: string; tagValue: unknown };
      const words = (schema.oneOf as readonly JsonObject[]).flatMap((shape) => wordsOf(shape, tag));
      const at = node.kind === 'map' ? (node.entries.get(tag)?.value ?? entry?.key ?? node) : node;
      const list = words.map((word) => `\`${word}\``).join(', ');
      if (tagValue === undefined) return undefined; // `required` has said it.
      return problem('experiment/unknown-word', at, `\`${[...path, tag].join('.')}\` must be one of ${list}`, {
        help: typeof tagValue === 'string' ? near(tagValue, words) : undefined,
      });
    }
    case 'minItems':
    case 'maxItems': {
      const { limit } = error.params as { limit: number };
      const has = node.kind === 'list' ? node.items.length : 0;
      const most = error.keyword === 'minItems' ? 'at least' : 'at most';
      return problem('experiment/wrong-length', node, `${name} must have ${most} ${limit} items, but has ${has}`);
    }
    case 'pattern':
      if (artifactOf(schema) !== undefined)
        return problem(
          'experiment/wrong-type',
          node,
          `${name} must be ${expected(schema)}, but is ${described(node)}`,
          {
            help: typeHelp(schema, node),
          },
        );
      return problem(
        'experiment/wrong-form',
        node,
        `${name} is ${described(node)}, which is not of the form ${schema.pattern as string}`,
        {
          help: typeof schema.description === 'string' ? schema.description : undefined,
        },
      );
    case 'minimum':
    case 'maximum': {
      const { comparison, limit } = error.params as { comparison: string; limit: number };
      return problem(
        'experiment/out-of-range',
        node,
        `${name} must be ${comparison} ${limit}, but is ${described(node)}`,
      );
    }
    case 'oneOf':
      return undefined; // Its branch says what is wrong.
    default:
      return problem('experiment/wrong-form', node, `${name} ${error.message ?? 'is wrong'}`);
  }
}

/** `{ yaw: uniform(-35 deg, 35 deg) }` is two keys to YAML. */
export const IN_FLOW =
  'inside `{ }` and `[ ]` a comma ends a value: put it in quotes, `"uniform(...)"`, or on a line of its own';

/** A name as a message can show it: what is no plain character, escaped. */
function quotedName(name: string): string {
  const shown = JSON.stringify(name).slice(1, -1);
  return `\`${shown.length > 60 ? `${shown.slice(0, 57)}...` : shown}\``;
}

function near(word: string, words: readonly string[]): string | undefined {
  const help = suggestion(word, words, '');
  return help?.startsWith('did you mean') === true ? help : undefined;
}

function wordsOf(shape: JsonObject, tag: string): string[] {
  const property = (shape.properties as Record<string, JsonObject> | undefined)?.[tag];
  return ((property?.enum ?? [property?.const]) as string[]).filter((word) => typeof word === 'string');
}

/** `a count such as 10k`. */
export function expected(schema: JsonObject): string {
  const fx = schema.fx as JsonObject | undefined;
  if (fx?.quantity !== undefined) return withExample(QUANTITIES[fx.quantity as Quantity]);
  if (fx?.distribution !== undefined) {
    const { example } = QUANTITIES[fx.distribution as Quantity];
    return `a distribution such as uniform(${example}, ${example}), or a single value`;
  }
  const artifacts = artifactOf(schema);
  if (artifacts !== undefined) return artifactWords(artifacts);
  if (fx?.external !== undefined) {
    const path = `the path of a ${fx.external as string}`;
    return fx.from === undefined ? path : `${path}, or ${artifactWords(fx.from as readonly string[])}`;
  }
  if (fx?.written !== undefined) return 'text or a number';
  if (fx?.table !== undefined) return 'a list of pairs such as [[0, 0.001], [100, 0.0001]]';
  const types = [schema.type ?? []].flat() as string[];
  const items = schema.items as JsonObject | undefined;
  if (types.length === 1 && types[0] === 'array' && items !== undefined) {
    const of = artifactOf(items);
    return of === undefined ? 'a list' : `a list of stages, each ${artifactWords(of)}`;
  }
  return types.map((type) => TYPE_NAMES[type] ?? type).join(' or ') || 'a value';
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a map of keys and values',
  null: 'null',
};

function withExample(quantity: { readonly a: string; readonly example: string }): string {
  return `${quantity.a} such as ${quantity.example}`;
}

export function artifactOf(schema: JsonObject): readonly string[] | undefined {
  return (schema.fx as JsonObject | undefined)?.artifact as readonly string[] | undefined;
}

/** Whether every artifact will do. */
export function takesAny(of: readonly string[]): boolean {
  return of.length === 0 || of.includes('*');
}

export function artifactWords(of: readonly string[]): string {
  return takesAny(of) ? 'a stage, written `${stage}`' : `a stage that makes ${of.join(' or ')}, written \`\${stage}\``;
}

/** A value in a sentence: `35 deg`, the list `[1, 2]`. */
export function described(node: Node): string {
  if (isStageReference(node)) return `the stage \`${node.reference.written}\``;
  const shown = showNode(node);
  const short = shown.length > 48 ? `${shown.slice(0, 45)}...` : shown;
  switch (node.kind) {
    case 'list':
      return `the list \`${short}\``;
    case 'map':
      return `the map \`${short}\``;
    case 'scalar':
      if (node.value === null) return 'empty';
      if (node.value === '') return 'empty text';
      return typeof node.value === 'string' ? `the text \`${short}\`` : `\`${short}\``;
  }
}

/** What to do about a stage where a value is wanted. */
export const STAGE_HELP = 'a stage’s files go to parameters that take a stage; what it measures goes to the report';

function typeHelp(schema: JsonObject, node: Node): string | undefined {
  if (isStageReference(node)) return schema.type === 'array' ? `write it as a list: [${showNode(node)}]` : STAGE_HELP;
  if (schema.type === 'string' && node.kind === 'scalar' && node.value !== null && artifactOf(schema) === undefined)
    return `put it in quotes: "${showNode(node)}"`;
  if (artifactOf(schema) !== undefined && node.kind === 'scalar' && typeof node.value === 'string')
    return /^[A-Za-z][\w-]*$/.test(node.value) ? `write \`\${${node.value}}\` for the stage ${node.value}` : undefined;
  if (schema.type === 'array' && node.kind === 'scalar' && node.value !== null)
    return `write it as a list: [${showNode(node)}]`;
  return undefined;
}

function about(key: string, schema: JsonObject): string {
  const says = typeof schema.description === 'string' ? schema.description : '';
  const [example] = (schema.examples ?? []) as unknown[];
  const shown = typeof example === 'string' || typeof example === 'number' ? ` (for example ${key}: ${example})` : '';
  return `${key}: ${says.replace(/\.$/, '')}${shown}`;
}

export function segments(pointer: string): string[] {
  return pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The node at a path, and the entry it hangs from. */
export function find(root: Node, path: readonly string[]): { node: Node | undefined; entry: Entry | undefined } {
  let node: Node | undefined = root;
  let entry: Entry | undefined;
  for (const segment of path) {
    if (node?.kind === 'map') {
      entry = node.entries.get(segment);
      node = entry?.value;
    } else if (node?.kind === 'list') node = node.items[Number(segment)];
    else return { node: undefined, entry };
  }
  return { node, entry };
}
