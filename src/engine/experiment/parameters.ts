import { basename } from 'node:path';
import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { DISTRIBUTIONS, parseDistribution } from '../../foundation/schema/distribution-text.js';
import type { Json } from '../../foundation/values/json.js';
import { parseQuantity, printQuantity, QUANTITIES, quantityOf } from '../../foundation/schema/quantity.js';
import type { Quantity, Range } from '../../foundation/schema/schema.js';
import { Problems, type Reporter } from '../../foundation/failures/reporter.js';
import { problem, related } from '../document/codes.js';
import { child, showNode, textOf, toJson, type MapNode, type Node } from '../document/node.js';
import type { Located } from '../document/source.js';
import type { ExperimentCode } from './codes.js';
import type { ParameterType } from '../schemas/experiment-schema.js';
import { described, STAGE_HELP } from '../values/explain.js';
import { quantityIn } from '../values/quantity-problem.js';
import { isBroken } from '../values/scope.js';
import { isStageReference } from '../values/substitute.js';

/** A parameter of the experiment with the value it has in this run. */
export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly value: Node;
  /** Quantities as numbers in their canonical unit; files by their names. */
  readonly canonical: Json;
  /** As records and reports have it: quantities with their units. */
  readonly shown: Json;
  readonly says: string | undefined;
  readonly obtain: string | undefined;
  readonly key: Located;
}

/**
 * The parameter that `declaration` declares, with the value given from outside if there is one. `declared` and `value` have
 * their references followed.
 */
export function toParameter(
  name: string,
  key: Located,
  declaration: MapNode,
  declared: Node,
  value: Node,
  wrong: Reporter<ExperimentCode>,
): Parameter {
  const type = (textOf(child(declaration, 'type')) as ParameterType | undefined) ?? typeFrom(declared, value);
  const parameter = {
    name,
    type,
    value,
    canonical: null,
    shown: null,
    says: textOf(child(declaration, 'says')),
    obtain: textOf(child(declaration, 'obtain')),
    key,
  };
  if (isNull(value)) return parameter;
  const label = `\`${name}\``;
  if (!isNull(declared) && (declared.kind === 'list') !== (value.kind === 'list')) {
    wrong.add(
      problem(
        'experiment/wrong-type',
        value,
        `${label} must be ${declared.kind === 'list' ? 'a list' : 'a single value'} such as \`${showNode(declared)}\`, but is ${described(value)}`,
        { related: [related('declared here', key)] },
      ),
    );
    return parameter;
  }
  const range = rangeOf(declaration, type, wrong);
  const found = new Problems<ExperimentCode>();
  const canonical = canonicalOf(value, type, range, label, found);
  wrong.add(...found.all.map((one) => declaredHere(one, value, key)));
  if (found.count > 0) return parameter;
  const choices = child(declaration, 'choices');
  if (choices?.kind === 'list') {
    const allowed = choices.items.map((choice) => canonicalOf(choice, type, {}, label, wrong));
    const given = JSON.stringify(canonical);
    if (!allowed.some((choice) => JSON.stringify(choice) === given))
      wrong.add(
        problem(
          'experiment/unknown-word',
          value,
          `${label} must be one of ${choices.items.map((c) => `\`${showNode(c)}\``).join(', ')}, but is ${described(value)}`,
          {
            related: [related('declared here', key)],
          },
        ),
      );
  }
  return { ...parameter, canonical, shown: shownAs(type, canonical) };
}

function shownAs(type: ParameterType, canonical: Json): Json {
  if (type !== 'angle' && type !== 'length' && type !== 'duration' && type !== 'size') return canonical;
  if (Array.isArray(canonical)) return canonical.map((item: Json) => shownAs(type, item));
  return typeof canonical === 'number' ? printQuantity(type, canonical) : canonical;
}

/** A value given in another place: the declaration shows why it does not fit. */
function declaredHere(diagnostic: Diagnostic<ExperimentCode>, value: Node, key: Located): Diagnostic<ExperimentCode> {
  if (value.source === key.source) return diagnostic;
  return { ...diagnostic, related: [...(diagnostic.related ?? []), related('declared here', key)] };
}

function canonicalOf(
  value: Node,
  type: ParameterType,
  range: Range,
  label: string,
  wrong: Reporter<ExperimentCode>,
): Json {
  if (isBroken(value)) return null;
  if (isStageReference(value) && type !== 'any' && type !== 'file' && type !== 'folder') {
    const message = `${label} must be ${type === 'text' ? 'text' : `a ${type}`}, but is ${described(value)}`;
    wrong.add(problem('experiment/wrong-type', value, message, { help: STAGE_HELP }));
    return null;
  }
  if (value.kind === 'list' && type !== 'any')
    return value.items.map((item) => canonicalOf(item, type, range, label, wrong));
  const refuse = (what: string): null => {
    wrong.add(problem('experiment/wrong-type', value, `${label} must be ${what}, but is ${described(value)}`));
    return null;
  };
  switch (type) {
    case 'any':
      return toJson(value);
    case 'file':
    case 'folder':
      // Named, not placed: records and reports are the same wherever a machine keeps its data.
      return value.kind === 'scalar' && typeof value.value === 'string'
        ? basename(value.value)
        : refuse(`the path of a ${type}`);
    case 'text':
      return value.kind === 'scalar' && typeof value.value === 'string' ? value.value : refuse('text');
    case 'distribution':
      if (value.kind !== 'scalar') return refuse('a distribution');
      return isDistribution(value.value) ? value.value : refuse('a distribution such as `uniform(-30 deg, 30 deg)`');
    case 'flag':
      return value.kind === 'scalar' && typeof value.value === 'boolean' ? value.value : refuse('`true` or `false`');
    default: {
      if (!Object.hasOwn(QUANTITIES, type)) return null; // The schema says that there is no such type.
      if (value.kind !== 'scalar' || typeof value.value === 'boolean' || value.value === null)
        return refuse(`${QUANTITIES[type].a} such as ${QUANTITIES[type].example}`);
      return quantityIn(value, type, range, () => label, wrong) ?? null;
    }
  }
}

/** Of any quantity: of which one is said where it is used. What holds references is looked at there, too. */
function isDistribution(value: unknown): value is string | number {
  if (typeof value === 'number') return true;
  if (typeof value !== 'string') return false;
  return value.includes('${') || Object.keys(QUANTITIES).some((of) => parseDistribution(of as Quantity, value).ok);
}

function rangeOf(declaration: MapNode, type: ParameterType, wrong: Reporter<ExperimentCode>): Range {
  const within = child(declaration, 'within');
  if (within?.kind !== 'list' || within.items.length !== 2) return {};
  const of = Object.hasOwn(QUANTITIES, type) ? (type as Quantity) : undefined;
  if (of === undefined) {
    wrong.add(
      problem('experiment/wrong-type', within, `only quantities have a range, but this is a parameter of type ${type}`),
    );
    return {};
  }
  const ends = within.items.map((end) =>
    end.kind === 'scalar' ? quantityIn(end, of, {}, () => 'an end of `within`', wrong) : undefined,
  );
  const [min, max] = ends;
  if (min === undefined || max === undefined) return {};
  if (min <= max) return { min, max };
  wrong.add(
    problem(
      'experiment/out-of-range',
      within,
      `the range is empty: ${printQuantity(of, min)} is above ${printQuantity(of, max)}`,
    ),
  );
  return {};
}

function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/**
 * Whether a text given from outside is the value as it stands, and not YAML for it: for text and paths, unless lists of them
 * are wanted.
 */
export function takesText(type: string | undefined, declared: Node): boolean {
  if (declared.kind === 'list') return false;
  if (type !== undefined) return type === 'text' || type === 'file' || type === 'folder';
  return typeOf(declared) === 'text';
}

/** What a value is, by its looks; of a list, what its items are. Declared values tell before given ones. */
function typeFrom(declared: Node, given: Node): ParameterType {
  return typeOf(isNull(declared) ? given : declared);
}

export function typeOf(node: Node): ParameterType {
  switch (node.kind) {
    case 'map':
      return 'any';
    case 'list': {
      const types = new Set(node.items.map(typeOf));
      if (types.size === 2 && types.has('number')) types.delete(wholeNumbers(node.items) ? 'number' : 'any');
      const [type = 'any', ...others] = types;
      return others.length === 0 ? type : 'any';
    }
    case 'scalar':
      if (isStageReference(node)) return 'any';
      if (typeof node.value === 'boolean') return 'flag';
      if (typeof node.value === 'number') return 'number';
      if (node.value === null) return 'any';
      if (typeof parseQuantity('number', node.value) === 'number' && quantityOf(node.value) === 'number')
        return 'number';
      if (Object.keys(DISTRIBUTIONS).some((name) => (node.value as string).startsWith(`${name}(`)))
        return 'distribution';
      return quantityOf(node.value) ?? 'text';
  }
}

/** `[0, 35 deg]`: zero goes with every quantity, a whole number with counts. */
function wholeNumbers(items: readonly Node[]): boolean {
  return items.every(
    (item) => item.kind === 'scalar' && (typeof item.value !== 'number' || Number.isInteger(item.value)),
  );
}
