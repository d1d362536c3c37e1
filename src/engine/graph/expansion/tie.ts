import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';
import type { JsonObject } from '../../../foundation/values/json.js';
import { suggestion } from '../../../foundation/failures/nearest.js';
import type { Reporter } from '../../../foundation/failures/reporter.js';
import { problem, related } from '../../document/codes.js';
import type { Located } from '../../document/source.js';
import type { ExperimentCode } from '../../experiment/codes.js';
import { artifactWords, takesAny } from '../../values/explain.js';
import { nameOf } from '../../values/resolve.js';
import type { StageReferenceNode } from '../../values/substitute.js';
import type { GraphCode } from '../codes.js';
import type { StageInput } from '../graph.js';
import { canonicalLabel, stageId, type Axis, type Coordinates } from './matrix.js';
import type { Cell, StageFamily } from './stages.js';

type Wrong = Diagnostic<ExperimentCode | GraphCode>;

/** A reference that found its stage. */
export interface Tied {
  readonly input: StageInput;
  readonly value: JsonObject;
}

/**
 * The stages that a reference from a stage with `own` coordinates means. A coordinate that is not written is the reader's
 * own on an axis of that name (added to `used`); with none of either, all values of the axis match.
 */
export function tie(
  node: StageReferenceNode,
  of: readonly string[],
  pointer: string,
  own: Coordinates,
  families: ReadonlyMap<string, StageFamily>,
  many: boolean,
  wrong: Reporter<ExperimentCode | GraphCode>,
  used: Set<string>,
): readonly Tied[] {
  const { reference } = node;
  const family = families.get(reference.head);
  if (family === undefined) return []; // That stage has an error of its own, which is reported.
  if (!accepts(node, of, pointer, family, wrong)) return [];
  for (const { name } of family.axes) if (!reference.coordinates.has(name)) used.add(name);
  const cells = cellsOf(node, own, family, many, wrong);
  const file = reference.file === undefined ? {} : { file: reference.file };
  return cells.map(({ id }, index) => ({
    input: { pointer: many ? itemPointer(pointer, index) : pointer, stage: id, ...file },
    value: { stage: id, ...file },
  }));
}

/** The pointer of the item `index` places after the one that `pointer` is of. */
function itemPointer(pointer: string, index: number): string {
  const cut = pointer.lastIndexOf('/');
  return `${pointer.slice(0, cut)}/${Number(pointer.slice(cut + 1)) + index}`;
}

function accepts(
  node: StageReferenceNode,
  of: readonly string[],
  pointer: string,
  family: StageFamily,
  wrong: Reporter<ExperimentCode | GraphCode>,
): boolean {
  const { kind, declaration } = family;
  // Whether the stage makes a file that is named can be said once all parameters are known: missingOutputs().
  if (node.reference.file !== undefined) return true;
  if (takesAny(of) || of.includes(kind.produces)) return true;
  wrong.add(
    problem(
      'graph/wrong-artifact',
      node,
      `${nameOf(pointer)} must be ${artifactWords(of)}, but ${declaration.name} (${kind.name}) makes ${kind.produces}`,
      { related: [related('the stage', declaration.key)] },
    ),
  );
  return false;
}

function cellsOf(
  node: StageReferenceNode,
  own: Coordinates,
  family: StageFamily,
  many: boolean,
  wrong: Reporter<ExperimentCode | GraphCode>,
): readonly Cell[] {
  const { axes, cells, declaration } = family;
  const { name } = declaration;
  const asked = new Map<string, string>();
  for (const [axis, label] of node.reference.coordinates) asked.set(axis, canonicalLabel(label));
  for (const [axis, label] of asked) {
    const known = axes.find((one) => one.name === axis);
    if (known === undefined)
      wrong.add(
        problem(
          'graph/unknown-axis',
          node,
          axes.length === 0 ? `${name} has no matrix` : `${name} has no axis \`${axis}\``,
          {
            help: suggestion(
              axis,
              axes.map((one) => one.name),
              'axes',
            ),
            related: [related('the stage', declaration.key)],
          },
        ),
      );
    else if (!known.values.some((value) => value.label === label)) wrong.add(noSuch(node, known, label, family));
    else continue;
    return [];
  }
  const wanted = axes.map((axis) => [axis, asked.get(axis.name) ?? own.get(axis.name)?.label] as const);
  if (wanted.every((pair): pair is readonly [Axis, string] => pair[1] !== undefined)) {
    const id = stageId(
      name,
      wanted.map(([axis, label]) => [axis.name, label] as const),
    );
    const cell = cells.get(id);
    if (cell !== undefined) return [cell];
    const strange = wanted.find(([axis, label]) => !axis.values.some((value) => value.label === label));
    wrong.add(
      strange === undefined
        ? problem('graph/no-such-stage', node, `there is no ${id}: it is excluded`, {
            related: [related('the stage', declaration.key)],
          })
        : noSuch(node, strange[0], strange[1], family),
    );
    return [];
  }
  const matching = [...cells.values()].filter((cell) =>
    wanted.every(([{ name: axis }, label]) => label === undefined || cell.coordinates.get(axis)?.label === label),
  );
  if (many || matching.length === 1) return matching;
  const open = wanted.filter(([, label]) => label === undefined).map(([axis]) => axis.name);
  wrong.add(
    problem(
      'graph/which-one',
      node,
      `\`\${${node.reference.written}}\` is ${matching.length} stages, one for each ${open.join(' and ')}`,
      {
        help: `say which, for example \`\${${matching[0]?.id ?? name}}\`, or give this stage the same axis`,
        related: [related('the stage', declaration.key)],
      },
    ),
  );
  return [];
}

function noSuch(at: Located, axis: Axis, label: string, { declaration }: StageFamily): Wrong {
  const labels = axis.values.map((value) => value.label);
  return problem('graph/no-such-stage', at, `${declaration.name} has no \`${label}\` on its axis \`${axis.name}\``, {
    help: suggestion(label, labels, 'it has'),
    related: [related('the stage', declaration.key)],
  });
}
