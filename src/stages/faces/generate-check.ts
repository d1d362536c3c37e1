import { filesOfFolder } from '../../domain/faces/background/folder.js';
import { checkComponents } from '../../domain/faces/generate/check.js';
import { surveyBfmHdf5, type ModelComponents } from '../../domain/faces/model/bfm-hdf5.js';
import { loadEmbeddedModel } from '../../domain/faces/model/embedded.js';
import { onlyFile, type ParameterProblem } from '../../engine/stage.js';
import type { Diagnostic } from '../../foundation/diagnostic.js';
import { ok, type Result } from '../../foundation/result.js';
import type { FacesGenerateParameters } from './generate-parameters.js';

const PARTS = ['shape', 'albedo', 'expression'] as const;

/** What can be said of a model and a folder of backgrounds without reading them whole. */
export async function checkFaces(parameters: FacesGenerateParameters): Promise<readonly ParameterProblem[]> {
  return [...(await checkModel(parameters)), ...checkBackground(parameters)];
}

async function checkModel(parameters: FacesGenerateParameters): Promise<readonly ParameterProblem[]> {
  const { model, neutral } = parameters;
  const limited = PARTS.filter(
    (part) => parameters[part].components !== undefined && !(neutral && part === 'expression'),
  );
  if (model === undefined && limited.length === 0) return [];
  const surveyed = await survey(model);
  if (!surveyed.ok) return at('/model', surveyed.error);
  const name = model === undefined ? 'embedded' : onlyFile(model);
  return limited.flatMap((part) =>
    at(`/${part}/components`, checkComponents(part, parameters[part], surveyed.value[part], name)),
  );
}

async function survey(model: FacesGenerateParameters['model']): Promise<Result<ModelComponents>> {
  if (model !== undefined) return surveyBfmHdf5(model.locate(onlyFile(model)));
  const { shape, albedo, expression } = loadEmbeddedModel();
  return ok({ shape: shape.components, albedo: albedo.components, expression: expression.components });
}

function checkBackground({ background }: FacesGenerateParameters): readonly ParameterProblem[] {
  if (background.type !== 'folder') return [];
  const files = filesOfFolder(background.folder.outside!.root);
  return files.ok ? [] : at('/background/folder', files.error);
}

function at(pointer: string, problems: readonly Diagnostic[]): readonly ParameterProblem[] {
  return problems.map((problem) => ({ ...problem, pointer }));
}
