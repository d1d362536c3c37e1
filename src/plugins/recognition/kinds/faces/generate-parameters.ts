import { external } from '../../../../engine/stage.js';
import { TEMPLATES } from '../../datasets/alignment/alignment.js';
import type { Value } from '../../../../foundation/schema/schema.js';
import {
  count,
  distribution,
  flag,
  fraction,
  length,
  list,
  number,
  object,
  optional,
  union,
  word,
} from '../../../../foundation/schema/schema.js';

const coefficients = (what: string, most: string) =>
  object(
    {
      distribution: distribution('number', { says: 'Of each coefficient.', default: 'normal(0, 1)' }),
      components: optional(count({ says: `Leading components to use; all the model has by default (${most}).` })),
    },
    { says: `How ${what} coefficients are drawn.`, default: {} },
  );

const light = union(
  'type',
  [
    object(
      { type: word(['natural'], { says: 'The embedded prior.' }) },
      { says: 'Natural light from the embedded prior.' },
    ),
    object(
      {
        type: word(['folder'], { says: 'A folder of .rps files.' }),
        folder: external('folder', {
          says: 'Folder of .rps scene files.',
          obtain: 'the Basel Illumination Prior (BIP) of the University of Basel: its folder `parameters`',
        }),
        draw: word(['empirical', 'normal'], {
          says: 'One of the files, or the normal distribution fitted to them.',
          default: 'empirical',
        }),
      },
      { says: 'Light from measured scenes.' },
    ),
    object(
      {
        type: word(['fixed'], { says: 'The same light in every image.' }),
        coefficients: list(
          list(number({ says: 'A coefficient.' }), { says: 'Red, green, blue.', minItems: 3, maxItems: 3 }),
          {
            says: 'Nine spherical harmonics, in the order l^2 + l + m.',
            minItems: 9,
            maxItems: 9,
          },
        ),
      },
      { says: 'Light set by hand.' },
    ),
    object(
      {
        type: word(['directional'], { says: 'One direction and ambient light.' }),
        ambient: fraction({ says: 'Ambient share.', default: 0.5 }),
        diffuse: fraction({ says: 'Diffuse share.', default: 0.5 }),
        polar: distribution('angle', { says: 'From the axis towards the camera.', default: '60 deg' }),
        azimuth: distribution('angle', { says: 'About that axis.', default: 'uniform(0 deg, 360 deg)' }),
      },
      { says: 'A directional light as spherical harmonics.' },
    ),
  ] as const,
  { says: 'Where the light comes from.', default: { type: 'natural' } },
);

const appearance = object(
  {
    hair: fraction({ says: 'Share of people who have hair.', default: 0 }),
    beard: fraction({ says: 'Share of people who have a beard.', default: 0 }),
    glasses: fraction({ says: 'Share of people who wear glasses now and then.', default: 0 }),
    brows: number({ says: 'How much eyebrows vary between people; 0 keeps the model’s.', min: 0, max: 3, default: 0 }),
    skin: fraction({ says: 'Spots and patches of the skin: relative standard deviation of its colour.', default: 0 }),
  },
  {
    says: 'Hair, beards, glasses, eyebrows and skin detail beyond the model’s face; none by default, as in the paper.',
    default: {},
  },
);

const pick = optional(
  distribution('number', {
    says: 'The number of the background; by default each image draws its own. A grid in grid mode.',
  }),
);

const background = union(
  'type',
  [
    object(
      { type: word(['procedural'], { says: 'Textures made from the seed.' }), pick },
      { says: 'Procedural textures.' },
    ),
    object(
      {
        type: word(['plain'], { says: 'One colour.' }),
        colour: list(count({ says: '0 to 255.', max: 255 }), {
          says: 'Red, green, blue.',
          minItems: 3,
          maxItems: 3,
          default: [128, 128, 128],
        }),
      },
      { says: 'One colour.' },
    ),
    object(
      {
        type: word(['folder'], { says: 'Images of a folder.' }),
        folder: external('folder', {
          says: 'Folder of images.',
          obtain: 'the Describable Textures Dataset (DTD) of the University of Oxford: its folder `images`',
        }),
        pick,
        broken: word(['fail', 'skip'], { says: 'What happens to an image that cannot be read.', default: 'fail' }),
      },
      { says: 'Images of a folder, resampled to the image size.' },
    ),
  ] as const,
  { says: 'The background behind the face.', default: { type: 'procedural' } },
);

export const parameters = object(
  {
    seed: count({ says: 'The seed of every random choice.', default: 0 }),
    identities: count({ says: 'Number of people.', min: 1, max: 100_000_000, examples: ['10k'] }),
    samples: count({ says: 'Images of each person, in random mode.', min: 1, default: 1 }),
    mode: word(['random', 'grid'], {
      says: 'Draw samples at random, or visit every combination of the grids given.',
      default: 'random',
    }),
    size: count({ says: 'Side of the square image in pixels.', min: 8, max: 4096, default: 96 }),
    model: optional(
      external('file', {
        says: 'A morphable model in the layout of the Basel Face Model; the embedded one by default.',
        obtain: 'model2017-1_bfm_nomouth.h5 of the Basel Face Model 2017, University of Basel (registration needed)',
      }),
    ),
    shape: coefficients('shape', '199 of the Basel Face Model'),
    albedo: coefficients('albedo', '199 of the Basel Face Model'),
    expression: coefficients('expression', '100 of the Basel Face Model'),
    neutral: flag({ says: 'Leave expressions out.', default: false }),
    appearance,
    pose: object(
      {
        yaw: distribution('angle', {
          says: 'Positive turns the nose towards the right of the image.',
          min: -180,
          max: 180,
          default: '0 deg',
        }),
        pitch: distribution('angle', { says: 'Positive turns the nose down.', min: -90, max: 90, default: '0 deg' }),
        roll: distribution('angle', { says: 'Counter-clockwise.', min: -180, max: 180, default: '0 deg' }),
      },
      { says: 'Head pose.', default: {} },
    ),
    distance: length({ says: 'From the camera to the origin of the head.', min: 401, default: '1000 mm' }),
    framing: object(
      {
        by: word(['aligned', 'facebox', 'landmark', 'none'], {
          says: 'Align five points to a template, fit a box about the head, centre the eyes and nose, or leave the camera.',
          default: 'aligned',
        }),
        template: word(TEMPLATES, {
          says: 'Five points of `aligned`; `eyes-and-mouth` are those of `padded` without the nose, which makes profiles small.',
          default: 'padded',
        }),
        scaling: distribution('number', { says: 'Zoom.', min: 0.1, max: 10, default: 1 }),
        x: distribution('number', { says: 'Shift to the right, pixels.', default: 0 }),
        y: distribution('number', { says: 'Shift downwards, pixels.', default: 0 }),
      },
      { says: 'Which part of the scene the image shows.', default: {} },
    ),
    light,
    energy: optional(number({ says: 'Scales the light to this energy (sum of squares).', min: 0 })),
    colour: flag({ says: 'Keep the colour of the light.', default: true }),
    background,
    maps: list(word(['depth', 'normals', 'albedo', 'illumination', 'correspondence'], { says: 'A map.' }), {
      says: 'Ground-truth maps to render with each image.',
      default: [],
    }),
    supersampling: count({ says: 'Samples along each side of a pixel.', min: 1, max: 8, default: 2 }),
    renderer: optional(
      word(['software', 'gl'], {
        says: 'What draws the images: the renderer of this program, the same bits everywhere, or the optional package gl. Default: `software`.',
      }),
    ),
    shard: optional(
      count({
        says: 'People in a shard, the unit of parallel work and resumption. Default: about 1,000 images.',
        min: 1,
      }),
    ),
  },
  { says: 'Renders faces of a 3D morphable model.' },
);

export type FacesGenerateParameters = Value<typeof parameters>;
