import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseDistribution, printDistribution } from '../../../src/foundation/schema/distribution-text.js';
import type { Distribution } from '../../../src/foundation/numbers/distribution.js';
import { parseQuantity, printQuantity, QUANTITIES } from '../../../src/foundation/schema/quantity.js';
import type { Quantity } from '../../../src/foundation/schema/schema.js';

const quantities = Object.keys(QUANTITIES) as Quantity[];
const finite = fc.double({ min: -1e12, max: 1e12, noNaN: true }).map((x) => (x === 0 ? 0 : x));
const valueOf = (of: Quantity): fc.Arbitrary<number> =>
  of === 'count' ? fc.integer({ min: -1e9, max: 1e9 }).map((x) => (x === 0 ? 0 : x)) : finite;

describe('quantities', () => {
  it('have one value however they are written', () => {
    const same: readonly (readonly [Quantity, readonly (string | number)[], number])[] = [
      ['angle', ['35 deg', '35°', '35deg', ' 35.0 ° ', '+35 deg', '3.5e1 deg'], 35],
      ['angle', ['-35 deg', '−35°'], -35],
      ['angle', [0, '0', '0 deg', '-0 rad'], 0],
      ['angle', ['3.141592653589793 rad'], 180],
      ['count', ['10k', '10K', 10000, '10000', '10_000', '0.01M', '1e4'], 10000],
      ['count', ['1.1M', 1100000], 1100000],
      ['fraction', ['5%', 0.05, '0.05', '50‰', '.05'], 0.05],
      ['fraction', ['0.1%'], 0.001],
      ['length', ['12 mm', '1.2 cm', '0.012 m', '12000 um'], 12],
      ['duration', ['2 min', '120 s', '120000 ms'], 120],
      ['duration', ['1.5 h', '90 min'], 5400],
      ['size', ['4 GiB', '4096 MiB', '4294967296 B'], 4 * 1024 ** 3],
      ['size', ['1.5 kB'], 1500],
      ['number', ['10k', 10000], 10000],
    ];
    for (const [of, spellings, value] of same)
      for (const written of spellings) assert.equal(parseQuantity(of, written), value, `${written} as ${of}`);
  });

  it('keep the decimal digits as written', () => {
    // The decimal reader of the runtime is the oracle: a prefix shifts the point and rounds no second time.
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), fc.integer({ min: 0, max: 999 }), (whole, part) => {
        const digits = `${whole}.${String(part).padStart(3, '0')}`;
        assert.equal(parseQuantity('count', `${digits}M`), whole * 1_000_000 + part * 1000);
        assert.equal(parseQuantity('fraction', `${digits}%`), Number(`${digits}e-2`));
        assert.equal(parseQuantity('length', `${digits} m`), Number(`${digits}e3`));
      }),
    );
  });

  it('are read back as they were printed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...quantities).chain((of) => fc.tuple(fc.constant(of), valueOf(of))),
        ([of, value]) => {
          const read = parseQuantity(of, printQuantity(of, value));
          if (of === 'duration' || of === 'size')
            assert.ok(Math.abs((read as number) - value) <= Math.abs(value) * 1e-15);
          else assert.equal(read, value);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('without a unit, of another, or of none are told apart', () => {
    assert.deepEqual(parseQuantity('angle', '35'), { wrong: 'unit-missing', value: 35 });
    assert.deepEqual(parseQuantity('angle', 35), { wrong: 'unit-missing', value: 35 });
    assert.deepEqual(parseQuantity('angle', '35 mm'), { wrong: 'unit', unit: 'mm', is: 'length' });
    assert.deepEqual(parseQuantity('angle', '35 degs'), { wrong: 'unit-unknown', unit: 'degs' });
    assert.deepEqual(parseQuantity('count', '2.5'), { wrong: 'not-whole', value: 2.5 });
    for (const text of ['', 'many', '1 2', '--1', '1 deg deg', 'NaN', '1e999'])
      assert.deepEqual(parseQuantity('number', text), { wrong: 'syntax' }, text);
  });
});

describe('distributions', () => {
  const ordered = fc.tuple(finite, finite).map(([a, b]): [number, number] => (a <= b ? [a, b] : [b, a]));
  const positive = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
  const simple: fc.Arbitrary<Distribution> = fc.oneof(
    finite.map((value) => ({ type: 'constant' as const, value })),
    ordered.map(([low, high]) => ({ type: 'uniform' as const, low, high })),
    fc.tuple(finite, positive).map(([mean, deviation]) => ({ type: 'normal' as const, mean, deviation })),
    fc
      .tuple(finite, positive, ordered)
      .map(([mean, deviation, [low, high]]) => ({ type: 'truncated-normal' as const, mean, deviation, low, high })),
    fc.array(finite, { minLength: 1, maxLength: 4 }).map((values) => ({ type: 'choice' as const, values })),
    fc.tuple(ordered, positive).map(([[from, to], step]) => ({ type: 'grid' as const, from, to, step })),
  );
  const any: fc.Arbitrary<Distribution> = fc.oneof(
    { weight: 3, arbitrary: simple },
    {
      weight: 1,
      arbitrary: fc
        .array(
          fc
            .tuple(
              fc.double({ min: 0, max: 1, noNaN: true }).map((w) => (w === 0 ? 0 : w)),
              simple,
            )
            .map(([weight, distribution]) => ({ weight, distribution })),
          {
            minLength: 1,
            maxLength: 3,
          },
        )
        // One whose weights are all 0 is refused, not read.
        .filter((components) => components.some(({ weight }) => weight > 0))
        .map((components) => ({ type: 'mixture' as const, components })),
    },
  );

  it('are read back as they were printed', () => {
    fc.assert(
      fc.property(fc.constantFrom<Quantity>('angle', 'length', 'number'), any, (of, distribution) => {
        assert.deepEqual(parseDistribution(of, printDistribution(of, distribution)), { ok: true, distribution });
      }),
      { numRuns: 300 },
    );
  });

  it('point at what is wrong in them', () => {
    const text = 'mixture(0.5: uniform(0, 5 deg), 0.5: normal(0, 3 mm))';
    const parsed = parseDistribution('angle', text);
    assert.ok(!parsed.ok);
    assert.equal(text.slice(parsed.problem.start, parsed.problem.end), '3 mm');
  });

  it('of time is printed in the largest unit in which it is whole', () => {
    for (const [seconds, text] of [
      [0, '0 s'],
      [45, '45 s'],
      [90, '90 s'],
      [120, '2 min'],
      [3600, '1 h'],
      [5400, '90 min'],
      [7200, '2 h'],
      [3601, '3601 s'],
    ] as const)
      assert.equal(printQuantity('duration', seconds), text);
  });
});
