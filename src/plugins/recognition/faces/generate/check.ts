import { failure } from '../../../../foundation/failures/diagnostic.js';
import type { Distribution } from '../../../../foundation/numbers/distribution.js';
import type { GeneratorDiagnostic } from '../diagnostic.js';
import type { MorphableModel } from '../model/morphable-model.js';
import { FACEBOX_CENTRING, FIVE_LANDMARKS, LANDMARK_CENTRING } from '../pose/framing.js';
import { componentCounts } from './layout.js';
import type { ComponentCounts } from './shared-model.js';
import type { CoefficientRecipe, FramingRecipe, GeneratorRecipe } from '../sample/recipe.js';

const MOST_PIXELS = 4096;
/** A sample takes 20 bytes of a thread's memory. */
const MOST_SAMPLES = 2 ** 27;

/** Everything that is wrong with a recipe for this model, at once. */
export function checkRecipe(recipe: GeneratorRecipe, model: MorphableModel): readonly GeneratorDiagnostic[] {
  return [
    ...checkCounts(recipe),
    ...checkComponents('shape', recipe.face.shape, model.shape.components, model.name),
    ...checkComponents('albedo', recipe.face.albedo, model.albedo.components, model.name),
    ...checkComponents('expression', recipe.face.expression, model.expression.components, model.name),
    ...checkModelSize(model.vertices, componentCounts(recipe, model), model.name),
    ...distributionsOf(recipe).flatMap(([what, distribution]) => checkDistribution(what, distribution)),
    ...checkView(recipe, model),
  ];
}

function checkCounts(recipe: GeneratorRecipe): GeneratorDiagnostic[] {
  const problems: GeneratorDiagnostic[] = [];
  const count = (what: string, value: number): void => {
    if (!Number.isSafeInteger(value) || value < 1 || value > 2 ** 32) {
      problems.push(failure('faces/count', `the number of ${what} is ${value}; expected a whole number from 1 on`));
    }
  };
  count('identities', recipe.identities);
  if (recipe.mode === 'random') count('samples', recipe.samples);
  for (const side of ['width', 'height'] as const) {
    const value = recipe.size[side];
    if (!Number.isSafeInteger(value) || value < 8 || value > MOST_PIXELS) {
      problems.push(failure('faces/size', `the image's ${side} is ${value} pixels; expected 8 to ${MOST_PIXELS}`));
    }
  }
  const { supersampling } = recipe;
  if (!Number.isSafeInteger(supersampling) || supersampling < 1 || supersampling > 8) {
    problems.push(failure('faces/size', `supersampling is ${supersampling}; expected a whole number from 1 to 8`));
  }
  const { width, height } = recipe.size;
  if (problems.length === 0 && width * height * supersampling ** 2 > MOST_SAMPLES) {
    const most = Math.floor(Math.sqrt(MOST_SAMPLES / (width * height)));
    const message = `supersampling ${supersampling} of an image of ${width}x${height} is too much; expected at most ${most}`;
    problems.push(failure('faces/size', message));
  }
  return problems;
}

/** Whether a model that has so many components has as many as are asked for. */
export function checkComponents(
  what: string,
  recipe: Pick<CoefficientRecipe, 'components'> | undefined,
  there: number,
  model: string,
): GeneratorDiagnostic[] {
  const asked = recipe?.components;
  if (asked === undefined || (Number.isSafeInteger(asked) && asked >= 0 && asked <= there)) return [];
  const message = `${asked} ${what} components are asked for; the model ${model} has ${there}`;
  return [failure('faces/components', message, `ask for at most ${there}`)];
}

/** Bytes of bases that fit beside the rest into what WebAssembly addresses. */
const MOST_BYTES = 2 ** 32 - 2 ** 28;

/** Whether the components that are used fit into the memory that the threads share. */
export function checkModelSize(vertices: number, counts: ComponentCounts, model: string): GeneratorDiagnostic[] {
  const components = counts.shape + counts.albedo + counts.expression;
  const most = Math.floor(MOST_BYTES / (12 * vertices));
  if (components <= most) return [];
  const message = `the ${components} components of the model ${model} with its ${vertices} vertices are too many for the memory`;
  return [failure('faces/components', message, `ask for at most ${most} of shape, albedo and expression together`)];
}

function distributionsOf(recipe: GeneratorRecipe): readonly (readonly [string, Distribution])[] {
  const { pose, framing, face, background, light } = recipe;
  const named: [string, Distribution | undefined][] = [
    ['yaw', pose.yaw],
    ['pitch', pose.pitch],
    ['roll', pose.roll],
    ['scaling', framing.scaling],
    ['shift x', framing.shift.x],
    ['shift y', framing.shift.y],
    ['shape', face.shape.distribution],
    ['albedo', face.albedo.distribution],
    ['expression', face.expression?.distribution],
    ['background', background.type === 'plain' ? undefined : background.pick],
    ['polar angle of light', light.from.type === 'directional' ? light.from.polar : undefined],
    ['azimuth of light', light.from.type === 'directional' ? light.from.azimuth : undefined],
  ];
  return named.filter((entry): entry is [string, Distribution] => entry[1] !== undefined);
}

function checkDistribution(what: string, distribution: Distribution): GeneratorDiagnostic[] {
  const wrong = (message: string): GeneratorDiagnostic[] => [
    failure('faces/range', `the distribution of ${what} ${message}`),
  ];
  switch (distribution.type) {
    case 'constant':
      return Number.isFinite(distribution.value) ? [] : wrong(`is the constant ${distribution.value}`);
    case 'uniform':
    case 'truncated-normal': {
      const { low, high } = distribution;
      if (!(low <= high)) return wrong(`runs from ${low} to ${high}; expected the lower end first`);
      if (distribution.type === 'truncated-normal' && !(distribution.deviation >= 0))
        return wrong('has a negative deviation');
      return Number.isFinite(low) && Number.isFinite(high) ? [] : wrong(`runs from ${low} to ${high}`);
    }
    case 'normal':
      return distribution.deviation >= 0 && Number.isFinite(distribution.mean)
        ? []
        : wrong(`has the deviation ${distribution.deviation}; expected none below 0`);
    case 'mixture': {
      const { components } = distribution;
      const total = components.reduce((sum, c) => sum + c.weight, 0);
      if (components.some((c) => !(c.weight >= 0)) || !(total > 0)) return wrong('has weights that are no shares');
      return components.flatMap((c) => checkDistribution(what, c.distribution));
    }
    case 'choice':
      return distribution.values.length > 0 ? [] : wrong('is a choice among nothing');
    case 'grid': {
      const { from, to, step } = distribution;
      if (!(step > 0)) return wrong(`is a grid of step ${step}; expected a positive one`);
      return from <= to ? [] : wrong(`is a grid from ${from} to ${to}; expected the lower end first`);
    }
  }
}

function checkView(recipe: GeneratorRecipe, model: MorphableModel): GeneratorDiagnostic[] {
  const { camera, framing, size } = recipe;
  const problems: GeneratorDiagnostic[] = [];
  if (camera.orthographic)
    problems.push(failure('faces/camera', 'orthographic cameras are not rendered; expected a perspective one'));
  if (!(
    camera.focalLength > 0 &&
    camera.sensorSize.every((s) => s > 0) &&
    camera.near > 0 &&
    camera.far > camera.near
  )) {
    problems.push(
      failure('faces/camera', 'the camera needs a focal length, a sensor and planes near < far, all positive'),
    );
  }
  if (!(recipe.distance > 400)) {
    problems.push(
      failure('faces/camera', `the camera stands ${recipe.distance} mm from the face; expected more than 400`),
    );
  }
  if (framing.type === 'aligned' && size.width !== size.height) {
    const message = `aligned images are square; the size is ${size.width}x${size.height}`;
    problems.push(failure('faces/framing', message));
  }
  return [...problems, ...checkLandmarks(framing, model.landmarks, model.name)];
}

/** Whether a model names the landmarks that a framing goes by. */
export function checkLandmarks(
  framing: FramingRecipe,
  there: { has(name: string): boolean },
  model: string,
): GeneratorDiagnostic[] {
  const how = framing.type === 'aligned' ? 'alignment' : `${framing.centring} centring`;
  return landmarksNeeded(framing)
    .filter((name) => !there.has(name))
    .map((name) => {
      const message = `the model ${model} lacks the landmark ${name} that ${how} needs`;
      return failure('faces/landmark', message, 'choose another framing, or a model that names it');
    });
}

function landmarksNeeded(framing: FramingRecipe): readonly string[] {
  if (framing.type === 'aligned') return FIVE_LANDMARKS;
  return { none: [], landmark: LANDMARK_CENTRING, facebox: FACEBOX_CENTRING }[framing.centring];
}
