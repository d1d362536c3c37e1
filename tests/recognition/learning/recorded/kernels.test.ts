import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Tensor, Tensor4D, TensorFlow } from '../../../../src/compiler/tensorflow.js';
import type { MapLayout } from '../../../../src/compiler/lowering/lowering.js';
import { runtime } from '../../../../src/compiler/runtime.js';
import { assertAgrees, model, type Input } from './agreement.js';

const RUNS = 6;
const shape = (rank: number, largest = 5): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: largest }), { minLength: rank, maxLength: rank });
const anyShape = fc.integer({ min: 0, max: 4 }).chain((rank) => shape(rank));

function property<T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(arbitrary, check), { numRuns: RUNS, seed: 7 });
}

/** Two shapes that broadcast to one of four axes or fewer. */
const broadcasting = anyShape.chain((full) =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }), fc.nat({ max: full.length }))
    .map(([ones, drop]) => [full, full.map((n, i) => (ones[i] === true ? 1 : n)).slice(drop)] as const),
);

/** Layouts of maps other than ONNX's own. */
const LAYOUTS: readonly (readonly [string, () => Promise<MapLayout>])[] = [
  ['on blocked channels', () => runtime('native').layout('inference')],
  ['of maps that lie positions first', () => runtime('exact').layout()],
];

const positive: Input['draw'] = (random) => random.uniform() + 0.1;

describe('a recorded kernel agrees with TensorFlow.js on the CPU', function () {
  this.timeout(60000);

  const unary: Record<string, [(tf: TensorFlow, x: Tensor) => Tensor, Input['draw']?]> = {
    abs: [(tf, x) => tf.abs(x)],
    neg: [(tf, x) => tf.neg(x)],
    sign: [(tf, x) => tf.sign(x)],
    square: [(tf, x) => tf.square(x)],
    sqrt: [(tf, x) => tf.sqrt(x), positive],
    rsqrt: [(tf, x) => tf.rsqrt(x), positive],
    reciprocal: [(tf, x) => tf.reciprocal(x), positive],
    exp: [(tf, x) => tf.exp(x)],
    log: [(tf, x) => tf.log(x), positive],
    sin: [(tf, x) => tf.sin(x)],
    cos: [(tf, x) => tf.cos(x)],
    tanh: [(tf, x) => tf.tanh(x)],
    sigmoid: [(tf, x) => tf.sigmoid(x)],
    softplus: [(tf, x) => tf.softplus(x)],
    erf: [(tf, x) => tf.erf(x)],
    floor: [(tf, x) => tf.floor(x)],
    ceil: [(tf, x) => tf.ceil(x)],
    round: [(tf, x) => tf.round(x), (random) => Math.round(random.uniform() * 20 - 10) / 2],
    relu: [(tf, x) => tf.relu(x)],
    relu6: [(tf, x) => tf.relu6(tf.mul(x, 5))],
    elu: [(tf, x) => tf.elu(x)],
    leakyRelu: [(tf, x) => tf.leakyRelu(x, 0.3)],
    clipByValue: [(tf, x) => tf.clipByValue(x, -0.5, 0.7)],
    step: [(tf, x) => tf.step(x)],
    'step with a slope': [(tf, x) => tf.step(x, 0.25)],
    zerosLike: [(tf, x) => tf.zerosLike(x)],
    onesLike: [(tf, x) => tf.onesLike(x)],
    'cast to int32': [(tf, x) => tf.cast(tf.mul(x, 3), 'int32')],
    'cast to bool': [(tf, x) => tf.cast(tf.floor(x), 'bool')],
    'with a scalar on either side': [(tf, x) => tf.sub(1, tf.div(tf.mul(x, 2), 3))],
    'with neutral scalars': [(tf, x) => tf.sub(tf.add(tf.mul(tf.div(x, 1), 1), 0), 0)],
    'with a fill that is larger': [(tf, x) => tf.add(x, tf.fill([2, ...x.shape], 3))],
  };
  for (const [name, [compute, draw]] of Object.entries(unary)) {
    it(name, () =>
      property(anyShape, (of) =>
        assertAgrees((tf, { x }) => compute(tf, x!), { x: { shape: of, ...(draw === undefined ? {} : { draw }) } }),
      ),
    );
  }

  const binary: Record<string, [(tf: TensorFlow, a: Tensor, b: Tensor) => Tensor, Partial<Input>?]> = {
    add: [(tf, a, b) => tf.add(a, b)],
    sub: [(tf, a, b) => tf.sub(a, b)],
    mul: [(tf, a, b) => tf.mul(a, b)],
    div: [(tf, a, b) => tf.div(a, b), { draw: positive }],
    maximum: [(tf, a, b) => tf.maximum(a, b)],
    minimum: [(tf, a, b) => tf.minimum(a, b)],
    pow: [(tf, a, b) => tf.pow(a, b), { draw: positive }],
    squaredDifference: [(tf, a, b) => tf.squaredDifference(a, b)],
    prelu: [(tf, a, b) => tf.prelu(a, b)],
    equal: [(tf, a, b) => tf.equal(a, b), { type: 'int32' }],
    notEqual: [(tf, a, b) => tf.notEqual(a, b), { type: 'int32' }],
    less: [(tf, a, b) => tf.less(a, b)],
    lessEqual: [(tf, a, b) => tf.lessEqual(a, b), { type: 'int32' }],
    greater: [(tf, a, b) => tf.greater(a, b)],
    greaterEqual: [(tf, a, b) => tf.greaterEqual(a, b), { type: 'int32' }],
    logicalAnd: [(tf, a, b) => tf.logicalAnd(a, b), { type: 'bool' }],
    logicalOr: [(tf, a, b) => tf.logicalOr(a, b), { type: 'bool' }],
    'logicalNot and where': [(tf, a, b) => tf.where(tf.logicalNot(tf.greater(a, b)), a, b)],
    'integer floorDiv': [
      (tf, a, b) => tf.floorDiv(a, b),
      { type: 'int32', draw: (random) => 1 + Math.floor(random.uniform() * 9) },
    ],
  };
  for (const [name, [compute, input = {}]] of Object.entries(binary)) {
    it(`${name}, with broadcasting`, () =>
      property(broadcasting, ([a, b]) =>
        assertAgrees((tf, t) => compute(tf, t.a!, t.b!), {
          a: { ...input, shape: a },
          b: { ...input, shape: b },
        }),
      ));
  }

  const reductions: Record<string, (tf: TensorFlow, x: Tensor, axes: number[], keep: boolean) => Tensor> = {
    sum: (tf, x, axes, keep) => tf.sum(x, axes, keep),
    mean: (tf, x, axes, keep) => tf.mean(x, axes, keep),
    max: (tf, x, axes, keep) => tf.max(x, axes, keep),
    min: (tf, x, axes, keep) => tf.min(x, axes, keep),
    prod: (tf, x, axes, keep) => tf.prod(x, axes, keep),
    'all and any': (tf, x, axes, keep) => {
      const high = tf.greater(x, 0.5);
      return tf.logicalOr(tf.all(high, axes, keep), tf.any(high, axes, keep));
    },
  };
  for (const [name, compute] of Object.entries(reductions)) {
    it(`${name} over any axes`, () =>
      property(fc.tuple(shape(4, 4), fc.subarray([0, 1, 2, 3], { minLength: 1 }), fc.boolean()), ([of, axes, keep]) =>
        assertAgrees((tf, { x }) => compute(tf, x!, axes, keep), { x: { shape: of } }),
      ));
  }
  it('argMax, argMin, cumsum, softmax', () =>
    property(fc.tuple(shape(3), fc.boolean(), fc.boolean()), ([of, exclusive, reverse]) =>
      assertAgrees(
        (tf, { x }) => [tf.argMax(x!, 1), tf.argMin(x!, 2), tf.cumsum(x!, 1, exclusive, reverse), tf.softmax(x!)],
        { x: { shape: of } },
      ),
    ));

  it('matMul, either side transposed, with and without a batch', () =>
    property(
      fc.tuple(shape(4, 6), fc.boolean(), fc.boolean(), fc.boolean()),
      ([[b = 1, m = 1, k = 1, n = 1], ta, tb, batched]) => {
        const lead = batched ? [b] : [];
        return assertAgrees((tf, t) => tf.matMul(t.a!, t.b!, ta, tb), {
          a: { shape: [...lead, ...(ta ? [k, m] : [m, k])] },
          b: { shape: [...lead, ...(tb ? [n, k] : [k, n])] },
        });
      },
    ));

  it('reshape, expandDims, transpose, tile, reverse', () =>
    property(shape(3), (of) =>
      assertAgrees(
        (tf, { x }) => [
          tf.reshape(x!, [-1]),
          tf.reshape(tf.reshape(x!, [of[0]! * of[1]!, of[2]!]), [1, ...of]),
          tf.expandDims(x!, 1),
          tf.transpose(x!, [2, 0, 1]),
          tf.transpose(tf.transpose(x!, [2, 0, 1]), [1, 2, 0]),
          tf.tile(x!, [2, 1, 3]),
          tf.reverse(x!, [0, 2]),
          tf.broadcastTo(x!, [2, ...of]),
        ],
        { x: { shape: of } },
      ),
    ));
  it('concat, stack, unstack, split, slice, pad', () =>
    property(fc.tuple(shape(3), fc.integer({ min: 0, max: 2 })), ([of, axis]) =>
      assertAgrees(
        (tf, { x, y }) => [
          tf.concat([x!, y!, x!], axis),
          tf.stack([x!, y!], axis),
          ...tf.unstack(x!, axis),
          ...tf.split(tf.concat([x!, y!], axis), [of[axis]!, of[axis]!], axis),
          tf.slice(
            x!,
            of.map((n) => Math.floor(n / 2)),
            of.map((n) => n - Math.floor(n / 2)),
          ),
          tf.pad(
            x!,
            [
              [1, 0],
              [0, 2],
              [1, 1],
            ],
            0.5,
          ),
        ],
        { x: { shape: of }, y: { shape: of } },
      ),
    ));
  it('gather, oneHot, range, eye, fill', () =>
    property(fc.tuple(shape(3), fc.integer({ min: 0, max: 2 })), ([of, axis]) =>
      assertAgrees(
        (tf, { x, i }) => [
          tf.gather(x!, i!, axis),
          tf.oneHot(i!, 5, 2, -1),
          tf.mul(tf.range(0, 5, 1, 'float32'), 2),
          tf.matMul(tf.eye(3), tf.fill([3, 2], 4)),
        ],
        {
          x: { shape: of },
          i: { shape: [4], type: 'int32', draw: (random) => Math.floor(random.uniform() * of[axis]!) },
        },
      ),
    ));

  const window = fc.record({
    n: fc.integer({ min: 1, max: 3 }),
    h: fc.integer({ min: 5, max: 9 }),
    w: fc.integer({ min: 5, max: 9 }),
    c: fc.constantFrom(1, 3, 16, 17),
    o: fc.integer({ min: 1, max: 5 }),
    size: fc.constantFrom(1, 2, 3, 5),
    stride: fc.integer({ min: 1, max: 3 }),
    pad: fc.constantFrom<'same' | 'valid' | number>('same', 'valid', 0, 1, 2),
  });
  const several = (
    check: (value: typeof window extends fc.Arbitrary<infer T> ? T : never) => Promise<void>,
  ): Promise<void> => fc.assert(fc.asyncProperty(window, check), { numRuns: 20, seed: 11 });

  it('conv2d and its gradients', () =>
    several(({ n, h, w, c, o, size, stride, pad }) =>
      assertAgrees(
        (tf, { x, f }) => {
          const conv = (a: Tensor, b: Tensor): Tensor => {
            const round = typeof pad === 'number' ? 'floor' : undefined;
            return tf.conv2d(a as Tensor4D, b as Tensor4D, stride, pad, 'NHWC', 1, round);
          };
          const { grads } = tf.valueAndGrads((a, b) => tf.sum(tf.sin(conv(a, b))))([x!, f!]);
          return [conv(x!, f!), ...grads];
        },
        { x: { shape: [n, h, w, c] }, f: { shape: [size, size, c, o], draw: (random) => random.normal() / 10 } },
      ),
    ));
  it('a 1x1 convolution with a band matrix, even or uneven, or with one that only begins like a band', () =>
    property(
      fc.tuple(shape(3, 4), fc.integer({ min: 9, max: 20 }), fc.constantFrom('band', 'toeplitz', 'broken')),
      ([[n = 1, h = 1, w = 1], c, kind]) => {
        const values = Float32Array.from({ length: c * c }, (_, at) => {
          const [i, j] = [Math.floor(at / c), at % c];
          if (kind === 'broken' && i === c - 1) return 0.5;
          return Math.abs(i - j) > 2 ? 0 : kind === 'band' ? 0.25 : 1 + j - i;
        });
        return assertAgrees((tf, { x }) => tf.conv2d(x as Tensor4D, tf.tensor4d(values, [1, 1, c, c]), 1, 0), {
          x: { shape: [n, h, w, c] },
        });
      },
    ));
  for (const [name, layout] of LAYOUTS) {
    it(`a convolution ${name} and its gradients`, () =>
      property(
        fc.record({
          n: fc.integer({ min: 1, max: 3 }),
          h: fc.integer({ min: 1, max: 9 }),
          w: fc.integer({ min: 1, max: 13 }),
          size: fc.constantFrom(1, 3, 5),
          stride: fc.integer({ min: 1, max: 2 }),
          pad: fc.constantFrom<'same' | 'valid'>('same', 'valid'),
          c: fc.constantFrom(3, 16, 48),
          o: fc.constantFrom(16, 32),
        }),
        async ({ n, h, w, size, stride, pad, c, o }) => {
          if (pad === 'valid' && Math.min(h, w) < size) return;
          const conv = (tf: TensorFlow, a: Tensor, b: Tensor): Tensor4D =>
            tf.conv2d(a as Tensor4D, b as Tensor4D, stride, pad);
          const small: Input['draw'] = (random) => random.normal() / 10;
          await assertAgrees(
            (tf, { x, f }) => [conv(tf, x!, f!), ...tf.grads((a, b) => tf.sum(tf.sin(conv(tf, a, b))))([x!, f!])],
            { x: { shape: [n, h, w, c] }, f: { shape: [size, size, c, o], draw: small } },
            3,
            2e-5,
            await layout(),
          );
        },
      ));
  }
  it('fused conv2d with bias and each activation', () =>
    several(({ n, h, w, c, o, size, pad, stride }) =>
      assertAgrees(
        (tf, { x, f, b }) =>
          (['relu', 'relu6', 'elu', 'sigmoid', 'linear'] as const).map((activation) =>
            tf.fused.conv2d({
              x: x as Tensor4D,
              filter: f as Tensor4D,
              bias: b!,
              strides: stride,
              pad,
              dimRoundingMode: typeof pad === 'number' ? 'floor' : undefined!,
              activation,
            }),
          ),
        { x: { shape: [n, h, w, c] }, f: { shape: [size, size, c, o] }, b: { shape: [o] } },
      ),
    ));
  it('maxPool and its gradient, ties included', () =>
    several(({ n, h, w, c, size, stride, pad }) =>
      assertAgrees(
        (tf, { x }) => {
          const padding = typeof pad === 'number' ? Math.min(pad, size - 1) : pad;
          const round = typeof pad === 'number' ? 'floor' : undefined;
          const pool = (a: Tensor): Tensor => tf.maxPool(a as Tensor4D, size, stride, padding, round);
          return [pool(x!), tf.grad((a) => tf.sum(tf.sin(pool(a))))(x!)];
        },
        { x: { shape: [n, h, w, c], draw: (random) => Math.floor(random.uniform() * 4) } },
      ),
    ));
  it('avgPool and its gradient', () =>
    several(({ n, h, w, c, size, stride, pad }) =>
      assertAgrees(
        (tf, { x }) => {
          const padding = typeof pad === 'number' ? Math.min(pad, size - 1) : pad;
          const round = typeof pad === 'number' ? 'floor' : undefined;
          const pool = (a: Tensor): Tensor => tf.avgPool(a as Tensor4D, size, stride, padding, round);
          return [pool(x!), tf.grad((a) => tf.sum(tf.sin(pool(a))))(x!), tf.avgPool(x as Tensor4D, [h, w], 1, 'valid')];
        },
        { x: { shape: [n, h, w, c] } },
      ),
    ));

  it('a split into more parts than a device can write at once', async () => {
    const compute = (tf: TensorFlow, { x }: Readonly<Record<string, Tensor>>): Tensor[] =>
      tf.split(tf.square(x!), [2, 1, 3, 1, 2], 1);
    const inputs = { x: { shape: [3, 9] } };
    const layout = { kind: 'positions-first', mostOutputs: 4 } as const;
    await assertAgrees(compute, inputs, 1, 1e-5, layout);
    const { graph } = await model(compute, inputs, layout);
    assert.ok(graph.nodes.every(({ outputs }) => outputs.length <= 4));
  });

  it('a convolution over a multiple of three channels, for a device that gets it wrong', async () => {
    const compute = (tf: TensorFlow, { x, f }: Readonly<Record<string, Tensor>>): Tensor[] => {
      const conv = (a: Tensor): Tensor => tf.conv2d(a as Tensor4D, f as Tensor4D, 1, 'same');
      return [conv(x!), tf.grad((a) => tf.sum(tf.sin(conv(a))))(x!)];
    };
    const inputs = { x: { shape: [2, 7, 7, 6] }, f: { shape: [3, 3, 6, 9] } };
    const layout = { kind: 'channels-first', wrongThreefold: true } as const;
    await assertAgrees(compute, inputs, 1, 1e-4, layout);
    const { graph } = await model(compute, inputs, layout);
    const channels = graph.nodes.filter(({ op }) => op === 'Pad').length;
    assert.equal(channels, 4, 'the map and the filter of both convolutions get another channel');
  });

  it('gradients by minimal filtering, for a device without products of transposed operands', async () => {
    const compute = (tf: TensorFlow, { x, f }: Readonly<Record<string, Tensor>>): Tensor[] => {
      const conv = (a: Tensor, b: Tensor): Tensor => tf.conv2d(a as Tensor4D, b as Tensor4D, 1, 'same');
      return tf.grads((a: Tensor, b: Tensor) => tf.sum(tf.sin(conv(a, b))))([x!, f!]);
    };
    const inputs = { x: { shape: [2, 12, 12, 16] }, f: { shape: [3, 3, 16, 16] } };
    const ops = async (layout: MapLayout): Promise<readonly string[]> => {
      await assertAgrees(compute, inputs, 1, 1e-4, layout);
      return (await model(compute, inputs, layout)).graph.nodes.map(({ op }) => op);
    };
    assert.ok((await ops({ kind: 'positions-first' })).includes('FusedMatMul'), 'there is something to be without');
    assert.ok(!(await ops({ kind: 'positions-first', noTransposedProducts: true })).includes('FusedMatMul'));
  });

  for (const [name, layout] of LAYOUTS) {
    it(`maxPool and its gradient ${name}, ties included`, () =>
      property(
        fc.record({
          n: fc.integer({ min: 1, max: 2 }),
          h: fc.integer({ min: 2, max: 9 }),
          w: fc.integer({ min: 2, max: 9 }),
          size: fc.constantFrom(2, 3),
          stride: fc.integer({ min: 1, max: 3 }),
          pad: fc.integer({ min: 0, max: 1 }),
          c: fc.constantFrom(16, 32),
        }),
        async ({ n, h, w, size, stride, pad, c }) => {
          if (Math.min(h, w) + 2 * pad < size) return;
          const pool = (tf: TensorFlow, a: Tensor): Tensor => tf.maxPool(a as Tensor4D, size, stride, pad, 'floor');
          await assertAgrees(
            (tf, { x }) => [pool(tf, x!), tf.grad((a) => tf.sum(tf.sin(pool(tf, a))))(x!)],
            { x: { shape: [n, h, w, c], draw: (random) => Math.floor(random.uniform() * 4) - 2 } },
            2,
            1e-5,
            await layout(),
          );
        },
      ));
    it(`what follows a convolution ${name}`, () =>
      property(
        fc.record({
          n: fc.integer({ min: 1, max: 3 }),
          h: fc.integer({ min: 3, max: 6 }),
          w: fc.integer({ min: 3, max: 6 }),
          o: fc.constantFrom(16, 48),
        }),
        async ({ n, h, w, o }) => {
          await assertAgrees(
            (tf, t) => {
              const y = tf.conv2d(t.x as Tensor4D, t.f as Tensor4D, 1, 'same');
              const z = tf.add<Tensor4D>(tf.mul(y, t.g!), t.b!);
              const wide = tf.concat([y, tf.relu(z), t.full as Tensor4D], 3);
              return [
                z,
                tf.relu(z),
                tf.add(z, y),
                tf.relu(tf.add(tf.add(tf.mul(y, t.g!), t.b!), tf.mul(z, t.g!))),
                tf.sub(tf.add(z, t.b!), t.g!),
                tf.sub(t.g!, z),
                tf.add(z, t.full!),
                tf.mul(t.full!, tf.step(y)),
                tf.where(tf.greater(y, t.full!), y, z),
                tf.add(z, t.row!),
                wide,
                tf.slice(wide, [0, 0, 0, o], [n, h, w, o]),
                tf.slice(wide, [0, 0, 0, 3], [n, h, w, o]),
                tf.slice(wide, [0, 1, 0, 0], [n, 1, w, o]),
                ...tf.split(wide, 3, 3),
                ...tf.split(y, 4, 3),
                tf.pad(z, [
                  [0, 0],
                  [1, 0],
                  [0, 2],
                  [0, 0],
                ]),
                tf.pad(z, [
                  [1, 0],
                  [0, 0],
                  [0, 0],
                  [0, 1],
                ]),
                tf.maxPool(z, 3, 2, 1, 'floor'),
                tf.avgPool(z, 2, 1, 'same'),
                tf.avgPool(z, [h, w], 1, 'valid'),
                tf.avgPool(tf.pad(z, [[0, 0], [2, 1], [1, 2], [0, 0]]), 3, 1, 'valid'), // prettier-ignore
                tf.mean(z, [1, 2]),
                tf.transpose(z, [3, 1, 0, 2]),
                tf.cast(tf.greater(z, 0), 'int32'),
              ];
            },
            {
              x: { shape: [n, h, w, 16] },
              f: { shape: [3, 3, 16, o], draw: (random) => random.normal() / 10 },
              g: { shape: [o] },
              b: { shape: [1, 1, 1, o] },
              full: { shape: [n, h, w, o] },
              row: { shape: [w, o] },
            },
            5,
            2e-5,
            await layout(),
          );
        },
      ));
  }
  it('what follows a convolution, in whatever order it holds its axes', () =>
    property(fc.tuple(shape(4, 4), fc.integer({ min: 1, max: 4 })), ([[n = 1, h = 1, w = 1, c = 1], o]) =>
      assertAgrees(
        (tf, t) => {
          const y = tf.conv2d(t.x as Tensor4D, t.f as Tensor4D, 1, 'same');
          const z = tf.add<Tensor4D>(tf.mul(y, t.g!), t.b!);
          return [
            tf.add(z, t.full!),
            tf.sub(t.row!, z),
            tf.concat([z, y], 3),
            tf.concat([z, t.full as Tensor4D], 1),
            tf.sum(z, [1, 2]),
            tf.mean(z, 3, true),
            tf.max(z, [0, 3]),
            tf.reshape(z, [n, h * w * o]),
            tf.transpose(z, [3, 1, 0, 2]),
            tf.pad(z, [
              [0, 0],
              [1, 0],
              [0, 2],
              [1, 1],
            ]),
            tf.slice(z, [0, 0, 0, 0], [n, 1, w, 1]),
            ...tf.split(z, o, 3),
            tf.matMul(tf.reshape(z, [n, h * w * o]), tf.ones([h * w * o, 2])),
            tf.cumsum(z, 2),
          ];
        },
        {
          x: { shape: [n, h, w, c] },
          f: { shape: [3, 3, c, o] },
          g: { shape: [o] },
          b: { shape: [1, 1, 1, o] },
          full: { shape: [n, h, w, o] },
          row: { shape: [w, o] },
        },
      ),
    ));
});
