import type { InputSize, Network } from './network.js';

export interface MiniOptions {
  /** Channels of the first convolution; the later ones have 2, 4 and 8 times as many. */
  readonly width: number;
  /** Length of an embedding. */
  readonly embedding: number;
}

export const MINI: MiniOptions = { width: 16, embedding: 128 };

/**
 * A network for small crops on small machines: four convolutions that halve the map three times, one max pooling, and a
 * linear layer that still sees where things are (faces come aligned). At 48x48 and width 16, 4.8M multiply-adds an image.
 */
export function mini(input: InputSize, options: MiniOptions = MINI): Network {
  const { width, embedding } = options;
  return {
    name: 'mini',
    input,
    embedding,
    layers: [
      { kind: 'conv', name: 'conv1', channels: width, size: 5, stride: 2, pad: 2 },
      { kind: 'conv', name: 'conv2', channels: 2 * width, size: 3, stride: 2, pad: 1 },
      { kind: 'conv', name: 'conv3', channels: 4 * width, size: 3, stride: 2, pad: 1 },
      { kind: 'conv', name: 'conv4', channels: 8 * width, size: 3, stride: 1, pad: 1 },
      { kind: 'max-pool', size: 2, stride: 2, pad: 0 },
      { kind: 'linear', name: 'embedding', outputs: embedding },
    ],
  };
}
