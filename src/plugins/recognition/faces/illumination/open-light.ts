import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { failure } from '../../../../foundation/failures/diagnostic.js';
import { err, fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { readText } from '../../../../foundation/files/text-file.js';
import type { GeneratorDiagnostic } from '../diagnostic.js';
import { readRps } from '../scene/read-rps.js';
import type { LightRecipe } from './light-recipe.js';
import { fitNormal, type LightOrigin, type LightSource } from './light-source.js';
import { COEFFICIENTS, LIGHT_LENGTH } from './spherical-harmonics.js';

/** Reads what a light recipe names. */
export function openLight(recipe: LightRecipe): Result<LightSource, readonly GeneratorDiagnostic[]> {
  if (recipe.energy !== undefined && !(recipe.energy > 0)) {
    return fail(failure('faces/light', `the light's energy is ${recipe.energy}; expected a positive number`));
  }
  const origin = openOrigin(recipe.from);
  if (!origin.ok) return origin;
  return ok({
    from: origin.value,
    colour: recipe.colour ?? true,
    ...(recipe.energy === undefined ? {} : { energy: recipe.energy }),
  });
}

function openOrigin(from: LightRecipe['from']): Result<LightOrigin, readonly GeneratorDiagnostic[]> {
  switch (from.type) {
    case 'natural':
    case 'directional':
      return ok(from);
    case 'fixed':
      if (from.coefficients.length !== COEFFICIENTS) {
        const message = `a fixed light has ${COEFFICIENTS} coefficients of 3 channels; this one has ${from.coefficients.length}`;
        return fail(failure('faces/light', message));
      }
      return ok({ type: 'fixed', light: Float64Array.from(from.coefficients.flat()) });
    case 'folder': {
      const lights = readLights(from.path);
      if (!lights.ok) return lights;
      return ok(from.draw === 'normal' ? fitNormal(lights.value) : { type: 'empirical', lights: lights.value });
    }
  }
}

/**
 * The lights of a folder of .rps files, such as the Basel Illumination Prior's `parameters/`, in the code-unit order of
 * their names: [count, 27]. Files that are not render parameters, or that have no environment map, are errors.
 */
export function readLights(folder: string): Result<Float64Array, readonly GeneratorDiagnostic[]> {
  const listed = lightsOfFolder(folder);
  if (!listed.ok) return listed;
  const names = listed.value;
  const lights = new Float64Array(names.length * LIGHT_LENGTH);
  const problems: GeneratorDiagnostic[] = [];
  names.forEach((name, k) => {
    const file = join(folder, name);
    const parameters = readRps(readText(file), file);
    if (!parameters.ok) problems.push(...parameters.error);
    else if (parameters.value.lightCoefficients === 0)
      problems.push(failure('faces/light', `${file} has no spherical harmonics`));
    else lights.set(parameters.value.light, k * LIGHT_LENGTH);
  });
  return problems.length > 0 ? err(problems) : ok(lights);
}

/** The names of a folder's .rps files, in the order of code units. */
export function lightsOfFolder(folder: string): Result<readonly string[], readonly GeneratorDiagnostic[]> {
  let names: readonly string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.rps') && !name.startsWith('.'));
  } catch {
    return fail(failure('faces/light', `there is no folder ${folder} of illumination parameters`));
  }
  if (names.length === 0) return fail(failure('faces/light', `the folder ${folder} holds no .rps file`));
  return ok([...names].sort());
}
