import { basename } from 'node:path';
import { filesOfFolder } from '../../faces/background/folder.js';
import { checkComponents, checkLandmarks, checkModelSize } from '../../faces/generate/check.js';
import { surveyBfmHdf5, type ModelSurvey } from '../../faces/model/bfm-hdf5.js';
import { lightsOfFolder } from '../../faces/illumination/open-light.js';
import { loadEmbeddedModel } from '../../faces/model/embedded.js';
import { onlyFile, type ParameterProblem } from '../../../../engine/stage.js';
import type { Diagnostic } from '../../../../foundation/failures/diagnostic.js';
import { ok, type Result } from '../../../../foundation/failures/result.js';
import type { FacesGenerateParameters } from './generate-parameters.js';
import { framingOf } from './generate-run.js';

const PARTS = ['shape', 'albedo', 'expression'] as const;

/** What can be said of a model, of lights and of backgrounds without reading bases or images. */
export async function checkFaces(parameters: FacesGenerateParameters): Promise<readonly ParameterProblem[]> {
  return [...(await checkModel(parameters)), ...checkLight(parameters), ...checkBackground(parameters)];
}

async function checkModel(parameters: FacesGenerateParameters): Promise<readonly ParameterProblem[]> {
  const { model, neutral } = parameters;
  const limited = PARTS.filter(
    (part) => parameters[part].components !== undefined && !(neutral && part === 'expression'),
  );
  if (model === undefined && limited.length === 0) return [];
  const surveyed = await survey(model);
  if (!surveyed.ok) return at('/model', surveyed.error);
  const name = model === undefined ? 'embedded' : basename(model.outside?.root ?? onlyFile(model));
  const { vertices, components, landmarks } = surveyed.value;
  const used = (part: (typeof PARTS)[number]): number =>
    neutral && part === 'expression' ? 0 : (parameters[part].components ?? components[part]);
  const counts = { shape: used('shape'), albedo: used('albedo'), expression: used('expression') };
  return [
    ...limited.flatMap((part) =>
      at(`/${part}/components`, checkComponents(part, parameters[part], components[part], name)),
    ),
    ...at('/model', checkModelSize(vertices, counts, name)),
    ...at('/model', checkLandmarks(framingOf(parameters), landmarks, name)),
  ];
}

async function survey(model: FacesGenerateParameters['model']): Promise<Result<ModelSurvey>> {
  if (model !== undefined) return surveyBfmHdf5(model.locate(onlyFile(model)));
  const { vertices, shape, albedo, expression, landmarks } = loadEmbeddedModel();
  const components = { shape: shape.components, albedo: albedo.components, expression: expression.components };
  return ok({ vertices, components, landmarks: new Set(landmarks.keys()) });
}

function checkLight({ light }: FacesGenerateParameters): readonly ParameterProblem[] {
  if (light.type !== 'folder') return [];
  const names = lightsOfFolder(light.folder.outside!.root);
  return names.ok ? [] : at('/light/folder', names.error);
}

function checkBackground({ background }: FacesGenerateParameters): readonly ParameterProblem[] {
  if (background.type !== 'folder') return [];
  const files = filesOfFolder(background.folder.outside!.root);
  return files.ok ? [] : at('/background/folder', files.error);
}

function at(pointer: string, problems: readonly Diagnostic[]): readonly ParameterProblem[] {
  return problems.map((problem) => ({ ...problem, pointer }));
}
