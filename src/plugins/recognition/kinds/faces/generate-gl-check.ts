import { probeGl } from '../../faces/render/gl-probe.js';
import { failure } from '../../../../foundation/diagnostic.js';
import type { ParameterProblem } from '../../../../engine/stage.js';
import { checkFaces } from './generate-check.js';
import type { FacesGenerateParameters } from './generate-parameters.js';

/** What can be said of the faces, and whether gl draws on this machine. */
export async function checkFacesGl(parameters: FacesGenerateParameters): Promise<readonly ParameterProblem[]> {
  const gl = await probeGl();
  const problems = await checkFaces(parameters);
  if (gl.draws) return problems;
  const { why, help } = gl;
  return [
    ...problems,
    { ...failure('faces/renderer', `the renderer \`gl\` cannot be used: ${why}`, help), pointer: '/renderer' },
  ];
}
