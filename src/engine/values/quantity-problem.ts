import type { Diagnostic, RelatedPlace } from '../../foundation/failures/diagnostic.js';
import {
  DISTRIBUTIONS,
  UNCLOSED,
  parseDistribution,
  printDistribution,
  support,
  type DistributionProblem,
} from '../../foundation/schema/distribution-text.js';
import type { Distribution } from '../../foundation/numbers/distribution.js';
import { suggestion } from '../../foundation/failures/nearest.js';
import { parseQuantity, printQuantity, QUANTITIES, type QuantityProblem } from '../../foundation/schema/quantity.js';
import type { Quantity, Range } from '../../foundation/schema/schema.js';
import type { Reporter } from '../../foundation/failures/reporter.js';
import { problem, related } from '../document/codes.js';
import { showNode, type ScalarNode } from '../document/node.js';
import type { Located } from '../document/source.js';
import type { ValueCode } from './codes.js';
import { described, IN_FLOW } from './explain.js';
import { isComposed, within } from './substitute.js';

type Wrong = Diagnostic<ValueCode>;

/** The value of a scalar as a quantity, called `name` where something is wrong with it; undefined where it is none, which `wrong` then says. */
export function quantityIn(
  node: ScalarNode,
  of: Quantity,
  range: Range,
  name: () => string,
  wrong: Reporter<ValueCode>,
): number | undefined {
  if (typeof node.value !== 'number' && typeof node.value !== 'string') return undefined;
  const parsed = parseQuantity(of, node.value);
  if (typeof parsed !== 'number') {
    wrong.add(withParts(quantityProblem(parsed, of, node, name(), described(node)), node));
    return undefined;
  }
  const low = range.min ?? -Infinity;
  const high = range.max ?? Infinity;
  if (parsed >= low && parsed <= high) return parsed;
  wrong.add(
    problem('experiment/out-of-range', node, `${name()} must be ${between(of, range)}, but is ${described(node)}`),
  );
  return undefined;
}

export function distributionIn(
  node: ScalarNode,
  of: Quantity,
  range: Range,
  name: () => string,
  wrong: Reporter<ValueCode>,
): Distribution | undefined {
  if (typeof node.value !== 'number' && typeof node.value !== 'string') return undefined;
  const parsed = parseDistribution(of, node.value);
  if (!parsed.ok) {
    const at =
      typeof node.value === 'string' ? within(node, node.value, parsed.problem.start, parsed.problem.end) : node;
    wrong.add(withParts(distributionProblem(parsed.problem, of, at, name()), node));
    return undefined;
  }
  const drawn = support(parsed.distribution);
  if (drawn.low >= (range.min ?? -Infinity) && drawn.high <= (range.max ?? Infinity)) return parsed.distribution;
  const { distribution } = parsed;
  wrong.add(
    problem(
      'experiment/out-of-range',
      node,
      `${name()} must draw values ${between(of, range)}, but is ${described(node)}`,
      {
        help: distribution.type === 'normal' ? truncated(distribution, of, range) : undefined,
        related: partsOf(node),
      },
    ),
  );
  return undefined;
}

/** Where the values stand that a text was put together from. */
function partsOf(node: ScalarNode): RelatedPlace[] {
  return isComposed(node) ? node.inserted.map((part) => related(`\`${showNode(part)}\` comes from`, part)) : [];
}

function withParts(diagnostic: Wrong, node: ScalarNode): Wrong {
  const parts = partsOf(node);
  return parts.length === 0 ? diagnostic : { ...diagnostic, related: [...(diagnostic.related ?? []), ...parts] };
}

function truncated(distribution: Distribution & { type: 'normal' }, of: Quantity, range: Range): string | undefined {
  if (range.min === undefined || range.max === undefined) return 'a normal distribution has no ends';
  const { mean, deviation } = distribution;
  return `a normal distribution has no ends; write ${printDistribution(of, { type: 'truncated-normal', mean, deviation, low: range.min, high: range.max })}`;
}

export function between(of: Quantity, { min, max }: Range): string {
  const print = (x: number): string => printQuantity(of, x);
  if (min !== undefined && max !== undefined) return `between ${print(min)} and ${print(max)}`;
  return min === undefined ? `at most ${print(max!)}` : `at least ${print(min)}`;
}

function quantityProblem(wrong: QuantityProblem, of: Quantity, at: Located, name: string, given: string): Wrong {
  const { a, units, example } = QUANTITIES[of];
  const such = `${a} such as ${example}`;
  switch (wrong.wrong) {
    case 'syntax':
      return problem('experiment/not-a-quantity', at, `${name} must be ${such}, but is ${given}`);
    case 'unit-missing':
      return problem('experiment/missing-unit', at, `${name} is ${a} and needs a unit: ${units.join(', ')}`, {
        help: `${printQuantity(of, wrong.value)}?`,
      });
    case 'unit-unknown':
      return problem('experiment/unknown-unit', at, `${name} must be ${such}; there is no unit \`${wrong.unit}\``, {
        help: units.length === 0 ? 'it takes no unit' : suggestion(wrong.unit, units, 'units'),
      });
    case 'unit':
      return problem(
        'experiment/wrong-unit',
        at,
        `${name} must be ${such}, but \`${wrong.unit}\` is the unit of ${QUANTITIES[wrong.is].a}`,
        {
          help: units.length === 0 ? 'it takes no unit' : `units: ${units.join(', ')}`,
        },
      );
    case 'not-whole':
      return problem('experiment/not-whole', at, `${name} is a count and must be a whole number, but is ${given}`);
  }
}

function distributionProblem({ wrong }: DistributionProblem, of: Quantity, at: Located, name: string): Wrong {
  switch (wrong.what) {
    case 'syntax':
    case 'value':
      return problem('experiment/bad-distribution', at, `${name}: ${wrong.message}`, {
        help: wrong.message === UNCLOSED && !quoted(at) ? IN_FLOW : undefined,
      });
    case 'name':
      return problem('experiment/bad-distribution', at, `${name}: there is no distribution \`${wrong.name}\``, {
        help: suggestion(wrong.name, Object.keys(DISTRIBUTIONS), 'there are'),
      });
    case 'arguments':
      return problem(
        'experiment/bad-distribution',
        at,
        `${name}: expected ${wrong.form}, but found ${wrong.given} argument${wrong.given === 1 ? '' : 's'}`,
      );
    case 'quantity':
      return quantityProblem(wrong.problem, of, at, name, `\`${wrong.written}\``);
  }
}

function quoted(at: Located): boolean {
  return /["']/.test(at.source.text[at.start - 1] ?? '');
}
