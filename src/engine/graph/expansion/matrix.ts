import { suggestion } from '../../../foundation/failures/nearest.js';
import { isNamed, LABEL, NAME } from '../../../foundation/schema/names.js';
import { parseQuantity, printQuantity, quantityOf } from '../../../foundation/schema/quantity.js';
import type { Reporter } from '../../../foundation/failures/reporter.js';
import { problem, related } from '../../document/codes.js';
import { showNode, type MapNode, type Node } from '../../document/node.js';
import type { Located } from '../../document/source.js';
import { described } from '../../values/explain.js';
import { isBroken } from '../../values/scope.js';
import { isStageReference } from '../../values/substitute.js';
import type { GraphCode } from '../codes.js';

/** One dimension of a stage's matrix. */
export interface Axis {
  readonly name: string;
  readonly key: Located;
  readonly values: readonly AxisValue[];
}

export interface AxisValue {
  /** Unique on the axis; two spellings of one quantity have one label. */
  readonly label: string;
  readonly node: Node;
}

/** One combination, by axis name. */
export type Coordinates = ReadonlyMap<string, AxisValue>;

/** Whether a value came from an axis: there, the bare name of a stage means the stage where one is expected. */
export function isOnAxis(node: Node): boolean {
  return 'onAxis' in node;
}

/** The axes of a `matrix` with its references followed. Undefined where something is wrong with it. */
export function readAxes(matrix: Node, stage: string, wrong: Reporter<GraphCode>): readonly Axis[] | undefined {
  if (isBroken(matrix)) return undefined;
  if (matrix.kind !== 'map') {
    wrong.add(
      problem('graph/bad-axis', matrix, `the matrix of ${stage} must be a map of axes, but is ${described(matrix)}`),
    );
    return undefined;
  }
  if (matrix.entries.size === 0) {
    wrong.add(problem('graph/empty-matrix', matrix, `the matrix of ${stage} has no axes, so there is nothing to run`));
    return undefined;
  }
  const axes: Axis[] = [];
  const before = wrong.count;
  for (const [name, { key, value }] of matrix.entries) {
    if (!isNamed(NAME, name) || name === 'replicate')
      wrong.add(
        problem(
          'graph/bad-axis',
          key,
          name === 'replicate'
            ? 'the axis `replicate` is made by `replicates: N`'
            : `\`${name}\` cannot name an axis: ${NAME.says}`,
        ),
      );
    const values = readValues(value, name, stage, wrong);
    if (values !== undefined) axes.push({ name, key, values });
  }
  return wrong.count > before ? undefined : axes;
}

function readValues(node: Node, axis: string, stage: string, wrong: Reporter<GraphCode>): AxisValue[] | undefined {
  if (isBroken(node)) return undefined;
  if (node.kind === 'scalar') {
    wrong.add(
      problem(
        'graph/bad-axis',
        node,
        `the axis \`${axis}\` must be a list of values or a map of names to values, but is ${described(node)}`,
        {
          help: node.value === null ? undefined : `a single value: [${showNode(node)}]`,
        },
      ),
    );
    return undefined;
  }
  const values: AxisValue[] = [];
  const seen = new Map<string, Node>();
  const add = (label: string, value: Node, at: Located): void => {
    const first = seen.get(label);
    if (first === undefined) {
      seen.set(label, value);
      const marked = { ...value, onAxis: true };
      values.push({ label, node: marked });
    } else
      wrong.add(
        problem('graph/same-value', at, `the axis \`${axis}\` has the value \`${label}\` twice`, {
          related: [related('it is given here already', first)],
        }),
      );
  };
  if (node.kind === 'map')
    for (const [label, { key, value }] of node.entries) {
      if (isLabel(label)) add(label, value, key);
      else
        wrong.add(problem('graph/bad-axis', key, `\`${label}\` cannot name a value of an axis: it is ${LABEL_WORDS}`));
    }
  else
    for (const item of node.items) {
      const label = item.kind === 'scalar' && item.value !== null ? labelOf(item) : undefined;
      if (label !== undefined && isLabel(label)) add(label, item, item);
      else
        wrong.add(
          problem('graph/bad-axis', item, `${described(item)} cannot stand on an axis without a name`, {
            help: `name the values: \`${axis}: { first: ..., second: ... }\``,
          }),
        );
    }
  if (values.length === 0 && node.kind === 'list' && node.items.length === 0)
    wrong.add(
      problem('graph/empty-matrix', node, `the axis \`${axis}\` of ${stage} has no values, so there is nothing to run`),
    );
  else if (node.kind === 'map' && node.entries.size === 0)
    wrong.add(
      problem('graph/empty-matrix', node, `the axis \`${axis}\` of ${stage} has no values, so there is nothing to run`),
    );
  return values;
}

/** What {@link isLabel} asks for, in words. */
const LABEL_WORDS =
  'one line of 1 to 200 characters without commas, brackets, braces or `=`, and without blanks at its ends';

function isLabel(label: string): boolean {
  return isNamed(LABEL, label) && /^[^,[\]={}\s]([^,[\]={}\n]*[^,[\]={}\s])?$/.test(label);
}

function labelOf(node: Node & { kind: 'scalar' }): string {
  return isStageReference(node) ? node.reference.written.replaceAll(/[[\],=]/g, '.') : canonicalLabel(node.value!);
}

/** `35°`, `35 deg` and `35deg` are one value and have one label: `35deg`. */
export function canonicalLabel(value: string | number | boolean): string {
  if (typeof value === 'boolean') return String(value);
  const quantity = typeof value === 'number' ? 'number' : quantityOf(value);
  if (quantity === undefined) return String(value);
  const parsed = parseQuantity(quantity, value);
  if (typeof parsed !== 'number') return String(value);
  const shown = quantity === 'number' && Number.isInteger(parsed) ? 'count' : quantity;
  return printQuantity(shown, parsed).replaceAll(' ', '');
}

/** Every combination, the last axis varying fastest, without the excluded ones. */
export function combine(
  axes: readonly Axis[],
  exclude: Node | undefined,
  stage: string,
  wrong: Reporter<GraphCode>,
): readonly Coordinates[] {
  let combinations: Coordinates[] = [new Map<string, AxisValue>()];
  for (const { name, values } of axes)
    combinations = combinations.flatMap((partial) =>
      values.map((value): Coordinates => new Map<string, AxisValue>([...partial, [name, value]])),
    );
  const excluded = exclude?.kind === 'list' ? exclude.items.filter((item) => item.kind === 'map') : [];
  for (const item of excluded) checkExcluded(item, axes, stage, wrong);
  const left = combinations.filter((combination) => !excluded.some((item) => matches(item, combination)));
  if (left.length === 0 && combinations.length > 0 && exclude !== undefined)
    wrong.add(problem('graph/empty-matrix', exclude, `\`exclude\` leaves nothing of the matrix of ${stage}`));
  return left;
}

function checkExcluded(item: MapNode, axes: readonly Axis[], stage: string, wrong: Reporter<GraphCode>): void {
  for (const [name, { key, value }] of item.entries) {
    const axis = axes.find((one) => one.name === name);
    if (axis === undefined) {
      wrong.add(
        problem('graph/unknown-axis', key, `${stage} has no axis \`${name}\``, {
          help: suggestion(
            name,
            axes.map((one) => one.name),
            'axes',
          ),
        }),
      );
      continue;
    }
    const label = excludedLabel(value);
    const labels = axis.values.map((one) => one.label);
    if (label === undefined || !labels.includes(label))
      wrong.add(
        problem('graph/unknown-axis', value, `the axis \`${name}\` has no value ${described(value)}`, {
          help: label === undefined ? undefined : suggestion(label, labels, 'it has'),
        }),
      );
  }
}

function matches(item: MapNode, combination: Coordinates): boolean {
  return [...item.entries].every(([name, { value }]) => combination.get(name)?.label === excludedLabel(value));
}

function excludedLabel(node: Node): string | undefined {
  return node.kind === 'scalar' && node.value !== null ? labelOf(node) : undefined;
}

/** `verify[model=a,benchmark=lfw]`, or the name alone. */
export function stageId(name: string, coordinates: readonly (readonly [string, string])[]): string {
  return coordinates.length === 0
    ? name
    : `${name}[${coordinates.map(([axis, label]) => `${axis}=${label}`).join(',')}]`;
}

/** A stage's id without its replicate coordinate, which comes last. */
export function withoutReplicate(id: string): string {
  return id.replace(/,?replicate=\d+(?=\]$)/, '').replace(/\[\]$/, '');
}
