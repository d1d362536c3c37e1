import { probeGl } from '../../faces/render/gl-probe.js';
import { failure } from '../../../../foundation/failures/diagnostic.js';
import type { ParameterProblem } from '../../../../engine/stage.js';

/** Whether gl draws on this machine. */
export async function checkGl(): Promise<readonly ParameterProblem[]> {
  const gl = await probeGl();
  if (gl.draws) return [];
  const { why, help } = gl;
  return [{ ...failure('faces/renderer', `the renderer \`gl\` cannot be used: ${why}`, help), pointer: '/renderer' }];
}
