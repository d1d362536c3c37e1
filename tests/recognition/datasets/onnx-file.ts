/** Just enough of the ONNX file format (onnx.proto3) to write small models by hand. */

export type Field = readonly [number, Buffer | string | number];

/** Protocol buffers: a field is its number and bytes, or a number. */
export function message(...fields: readonly Field[]): Buffer {
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n % 128) + 128, ...varint(Math.floor(n / 128))]);
  return Buffer.concat(
    fields.map(([field, value]) => {
      if (typeof value === 'number') return Buffer.from([...varint(field * 8), ...varint(value)]);
      const bytes = Buffer.from(value as string);
      return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes]);
    }),
  );
}

/** A model of opset 13 from the fields of its graph: 1 a node, 5 a constant, 11 an input, 12 an output. */
export function model(...graph: readonly Field[]): Buffer {
  return message([1, 8], [8, message([2, 13])], [7, message(...graph, [2, 'made by a test'])]);
}

/** @param type 1 for float32, 7 for int64 */
export function constant(name: string, dims: readonly number[], values: readonly number[], type = 1): Buffer {
  const data = type === 1 ? Float32Array.from(values) : BigInt64Array.from(values, BigInt);
  const sizes = dims.map((dim) => [1, dim] as const);
  return message(...sizes, [2, type], [8, name], [9, Buffer.from(data.buffer)]);
}

/** An input or output of float32; a word is a size that may vary. */
export function tensor(name: string, dims: readonly (number | string)[]): Buffer {
  const shape = message(...dims.map((dim) => [1, message([typeof dim === 'number' ? 1 : 2, dim])] as const));
  return message([1, name], [2, message([1, message([1, 1], [2, shape])])]);
}

/** @param attributes whole numbers, or lists of them */
export function node(
  type: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): Buffer {
  const said = Object.entries(attributes).map(([name, value]) => {
    const fields: readonly Field[] =
      typeof value === 'number' ? [[3, value], [20, 2]] : [...value.map((one) => [8, one] as const), [20, 7]]; // prettier-ignore
    return [5, message([1, name], ...fields)] as const;
  });
  return message(...inputs.map((input) => [1, input] as const), [2, output], [4, type], ...said);
}

/**
 * A detector of the drawn faces of the tiny data sets: finds the middles of their five dots by colour, anywhere in an image of
 * any size, and is sure of a face in so far as all five are there.
 */
export function dotDetector(): Buffer {
  const colours = [[255, 0, 0], [0, 0, 255], [0, 255, 0], [255, 255, 0], [255, 0, 255]].flat(); // prettier-ignore
  const total = (of: string, out: string) => [1, node('ReduceSum', [of, 'chw'], out)] as const;
  return model(
    // How much each pixel is of each colour: [5, 1, h, w].
    [1, node('Sub', ['image', 'colours'], 'from-colour')],
    [1, node('Abs', ['from-colour'], 'off')],
    [1, node('ReduceSum', ['off', 'c'], 'far')],
    [1, node('Div', ['far', 'reach'], 'share')],
    [1, node('Sub', ['one', 'share'], 'near')],
    [1, node('Relu', ['near'], 'weight')],
    // Columns and rows, counted from 0.
    [1, node('Mul', ['weight', 'zero'], 'nothing')],
    [1, node('Add', ['nothing', 'one'], 'everywhere')],
    [1, node('CumSum', ['everywhere', 'w'], 'x-of')],
    [1, node('CumSum', ['everywhere', 'h'], 'y-of')],
    [1, node('Mul', ['weight', 'x-of'], 'weight-x')],
    [1, node('Mul', ['weight', 'y-of'], 'weight-y')],
    total('weight', 'mass'),
    total('weight-x', 'moment-x'),
    total('weight-y', 'moment-y'),
    [1, node('Add', ['mass', 'little'], 'some')],
    [1, node('Div', ['moment-x', 'some'], 'mean-x')],
    [1, node('Div', ['moment-y', 'some'], 'mean-y')],
    [1, node('Concat', ['mean-x', 'mean-y'], 'means', { axis: 1 })],
    [1, node('Sub', ['means', 'one'], 'middles')],
    [1, node('Reshape', ['middles', 'five-points'], 'points')],
    // A box about them, and a score that is nothing where a dot is missing.
    [1, node('ReduceMin', ['points'], 'least', { axes: [1] })],
    [1, node('ReduceMax', ['points'], 'most', { axes: [1] })],
    [1, node('Sub', ['most', 'least'], 'extent')],
    [1, node('Mul', ['extent', 'half'], 'margin')],
    [1, node('Sub', ['least', 'margin'], 'from')],
    [1, node('Add', ['most', 'margin'], 'to')],
    [1, node('Concat', ['from', 'to'], 'corners', { axis: 2 })],
    [1, node('Reshape', ['corners', 'one-box'], 'boxes')],
    [1, node('ReduceMin', ['mass'], 'smallest')],
    [1, node('Add', ['smallest', 'one'], 'more')],
    [1, node('Div', ['smallest', 'more'], 'sure')],
    [1, node('Reshape', ['sure', 'once'], 'scores')],
    [5, constant('colours', [5, 3, 1, 1], colours)],
    [5, constant('reach', [1], [120])],
    [5, constant('zero', [1], [0])],
    [5, constant('one', [1], [1])],
    [5, constant('half', [1], [0.5])],
    [5, constant('little', [1], [1e-6])],
    [5, constant('c', [1], [1], 7)],
    [5, constant('h', [], [2], 7)],
    [5, constant('w', [], [3], 7)],
    [5, constant('chw', [3], [1, 2, 3], 7)],
    [5, constant('five-points', [3], [1, 5, 2], 7)],
    [5, constant('one-box', [2], [1, 4], 7)],
    [5, constant('once', [1], [1], 7)],
    [11, tensor('image', [1, 3, 'h', 'w'])],
    [12, tensor('boxes', [1, 4])],
    [12, tensor('scores', [1])],
    [12, tensor('points', [1, 5, 2])],
  );
}
