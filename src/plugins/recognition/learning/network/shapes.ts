import { failure } from '../../../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import { walk, type Algebra, type ConvLayer, type LinearLayer, type Network } from './network.js';

/** Height, width and channels of a feature map. */
export interface MapShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A layer with weights, and the maps it stands between. */
export interface Unit {
  readonly layer: ConvLayer | LinearLayer;
  readonly input: MapShape;
  readonly output: MapShape;
}

export interface Layout {
  /** Layers with weights, in the order in which they run. */
  readonly units: readonly Unit[];
  /** Sizes of all maps that a forward pass makes, in values per image. */
  readonly activations: number;
  /** Multiply-adds of one image's forward pass, convolutions and the linear layer only. */
  readonly multiplyAdds: number;
}

class TooSmall extends Error {}

/** Shapes of a network's maps. Fails where the input is too small for the pooling. */
export function layout(network: Network): Result<Layout, readonly LearningDiagnostic[]> {
  const units: Unit[] = [];
  let activations = 0;
  let multiplyAdds = 0;
  const made = (shape: MapShape, what: string): MapShape => {
    if (shape.height < 1 || shape.width < 1) throw new TooSmall(what);
    activations += shape.height * shape.width * shape.channels;
    return shape;
  };
  const algebra: Algebra<MapShape> = {
    conv(layer, x) {
      const output = made({ ...windows(x, layer.size, layer.stride, layer.pad), channels: layer.channels }, layer.name);
      units.push({ layer, input: x, output });
      activations += output.height * output.width * output.channels;
      multiplyAdds += output.height * output.width * layer.channels * layer.size ** 2 * x.channels;
      return output;
    },
    maxPool: (layer, x) => made({ ...x, ...windows(x, layer.size, layer.stride, layer.pad) }, 'a max pooling'),
    l2Pool: (size, x) => made({ ...x, ...windows(x, size, 1, 0) }, 'an L2 pooling'),
    localResponse: (_, x) => made(x, 'a local response normalisation'),
    concat: (branches) =>
      made(
        {
          height: Math.max(...branches.map((b) => b.height)),
          width: Math.max(...branches.map((b) => b.width)),
          channels: branches.reduce((sum, b) => sum + b.channels, 0),
        },
        'a concatenation',
      ),
    average: (x) => made({ height: 1, width: 1, channels: x.channels }, 'an average pooling'),
    linear(layer, x) {
      const output = made({ height: 1, width: 1, channels: layer.outputs }, layer.name);
      units.push({ layer, input: x, output });
      multiplyAdds += x.height * x.width * x.channels * layer.outputs;
      return output;
    },
  };
  const { height, width } = network.input;
  try {
    walk(network, algebra, made({ height, width, channels: 3 }, 'the input'));
  } catch (error) {
    if (!(error instanceof TooSmall)) throw error;
    return fail(
      failure(
        'learning/input-too-small',
        `${network.name} can't take images of ${width}x${height}: nothing is left of them at ${error.message}`,
        'give larger images, or a smaller network such as mini',
      ),
    );
  }
  return ok({ units, activations, multiplyAdds });
}

/** The layout of a network known to fit its input. */
export function layoutOf(network: Network): Layout {
  const result = layout(network);
  if (!result.ok) throw new Error(result.error[0]!.message);
  return result.value;
}

function windows(x: MapShape, size: number, stride: number, pad: number): { height: number; width: number } {
  const along = (length: number): number => Math.floor((length + 2 * pad - size) / stride) + 1;
  return { height: along(x.height), width: along(x.width) };
}
