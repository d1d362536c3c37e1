import { suggestion } from '../../../foundation/failures/nearest.js';
import { problem } from '../../document/codes.js';
import { child, nearest, type Node } from '../../document/node.js';
import type { ExperimentCode } from '../../experiment/codes.js';
import type { Experiment, StageDeclaration } from '../../experiment/experiment.js';
import { described } from '../../values/explain.js';
import { replicatesSchema } from '../../schemas/experiment-schema.js';
import { quantityIn } from '../../values/quantity-problem.js';
import { isBroken } from '../../values/scope.js';
import { substitute } from '../../values/substitute.js';
import type { Range } from '../../../foundation/schema/schema.js';
import type { Reporter } from '../../../foundation/failures/reporter.js';
import type { AnyStageKind } from '../../stage.js';
import type { GraphCode } from '../codes.js';
import { namesModule, type KindRegistry, type ModuleReference } from '../kinds.js';
import { combine, readAxes, stageId, type Axis, type AxisValue, type Coordinates } from './matrix.js';
import { replicateCounts } from './replicates.js';

/** Ten times what was ever planned; what makes more is a mistake, or wants parts in place of stages. */
const MOST_STAGES = 100_000;

/** A declared stage with its kind and all its cells. */
export interface StageFamily {
  readonly declaration: StageDeclaration;
  readonly kind: AnyStageKind;
  /** The matrix's, then `replicate`. */
  readonly axes: readonly Axis[];
  readonly cells: ReadonlyMap<string, Cell>;
  /** Whether the stage itself says `replicates`: then its seed differs from one to the next. */
  readonly seeded: boolean;
}

export interface Cell {
  readonly id: string;
  readonly coordinates: Coordinates;
}

interface Request {
  readonly modules: ReadonlyMap<StageDeclaration, ModuleReference>;
  /** Replicates beyond those that a stage says. */
  readonly added: number;
}

/** Finds each stage's kind and multiplies it out. What is wrong with a stage leaves it out. */
export function toFamilies(
  experiment: Experiment,
  registry: KindRegistry,
  { modules, added }: Request,
  wrong: Reporter<ExperimentCode | GraphCode>,
): ReadonlyMap<string, StageFamily> {
  const found: { declaration: StageDeclaration; kind: AnyStageKind; axes: readonly Axis[]; own: number | undefined }[] =
    [];
  for (const declaration of experiment.stages.values()) {
    const kind = findKind(declaration, registry, modules, wrong);
    const before = wrong.count;
    const matrix = child(declaration.node, 'matrix');
    const follow = (node: Node): Node => substitute(node, experiment.scope, wrong);
    const axes = matrix === undefined ? [] : readAxes(follow(matrix), declaration.name, wrong);
    const replicates = child(declaration.node, 'replicates');
    const written = replicates === undefined ? undefined : readReplicates(follow(replicates), declaration, kind, wrong);
    const own = written === undefined ? undefined : written + added;
    if (kind !== undefined && axes !== undefined && wrong.count === before)
      found.push({ declaration, kind, axes, own });
  }
  const counts = replicateCounts(found, experiment);
  const families = new Map<string, StageFamily>();
  let stages = 0;
  for (const { declaration, kind, axes, own } of found) {
    const replicates = counts.get(declaration.name);
    const all = replicates === undefined ? axes : [...axes, replicateAxis(declaration, replicates)];
    const cells = all.reduce((product, { values }) => product * values.length, 1);
    if (stages + cells > MOST_STAGES) {
      const at = child(declaration.node, 'matrix') ?? child(declaration.node, 'replicates') ?? declaration.key;
      const message = `${declaration.name} alone would be ${cells} stages; an experiment has at most ${MOST_STAGES}`;
      wrong.add(problem('graph/too-many-stages', at, message));
      continue;
    }
    stages += cells;
    const combinations = combine(all, child(declaration.node, 'exclude'), declaration.name, wrong);
    const byId = new Map<string, Cell>();
    for (const coordinates of combinations) {
      const id = stageId(
        declaration.name,
        [...coordinates].map(([axis, { label }]) => [axis, label] as const),
      );
      byId.set(id, { id, coordinates });
    }
    families.set(declaration.name, { declaration, kind, axes: all, cells: byId, seeded: own !== undefined });
  }
  return families;
}

function findKind(
  declaration: StageDeclaration,
  registry: KindRegistry,
  modules: ReadonlyMap<StageDeclaration, ModuleReference>,
  wrong: Reporter<ExperimentCode | GraphCode>,
): AnyStageKind | undefined {
  const { uses, node } = declaration;
  const module = modules.get(declaration);
  const kind = registry.get(module?.id ?? uses);
  if (kind !== undefined) return kind;
  const at = nearest(node, 'uses');
  if (module === undefined && namesModule(uses)) return undefined; // moduleReferences has said it.
  if (module === undefined)
    wrong.add(
      problem('graph/unknown-kind', at, `there is no stage kind \`${uses}\``, {
        help: suggestion(
          uses,
          [...registry.keys()].filter((name) => !namesModule(name)),
          'kinds',
        ),
      }),
    );
  // Where modules were loaded, what kept them from it has been said.
  else if (wrong.count === 0) wrong.add(problem('graph/unknown-kind', at, `${uses} exports no stage kind`));
  return undefined;
}

function readReplicates(
  node: Node,
  declaration: StageDeclaration,
  kind: AnyStageKind | undefined,
  wrong: Reporter<ExperimentCode | GraphCode>,
): number | undefined {
  if (isBroken(node)) return undefined;
  const range = replicatesSchema.json.fx as Range;
  const isCount = node.kind === 'scalar' && (typeof node.value === 'number' || typeof node.value === 'string');
  if (!isCount)
    wrong.add(problem('experiment/wrong-type', node, `\`replicates\` must be a count, but is ${described(node)}`));
  const count = isCount ? quantityIn(node, 'count', range, () => '`replicates`', wrong) : undefined;
  const properties = kind?.parameters.json.properties as Readonly<Record<string, unknown>> | undefined;
  if (kind !== undefined && properties?.seed === undefined)
    wrong.add(
      problem(
        'graph/no-seed',
        node,
        `${kind.name} has no parameter \`seed\`, so its replicates would all be the same`,
        {
          help: `replicate the stage that ${declaration.name} reads: stages that read a replicated stage branch with it`,
        },
      ),
    );
  return count;
}

function replicateAxis(declaration: StageDeclaration, count: number): Axis {
  const at = child(declaration.node, 'replicates') ?? declaration.key;
  const { source, start, end } = at;
  const values = Array.from({ length: count }, (_, i): AxisValue => {
    const node: Node = { source, start, end, kind: 'scalar', value: i + 1, shown: String(i + 1) };
    return { label: String(i + 1), node };
  });
  return { name: 'replicate', key: at, values };
}
