import { type AnyStageKind, type StageKind } from '../../../../engine/stage.js';
import type { JsonObject } from '../../../../foundation/values/json.js';
import { ok } from '../../../../foundation/failures/result.js';
import { facesGenerate } from './generate.js';
import { parameters, type FacesGenerateParameters } from './generate-parameters.js';

/** `faces/generate` under `renderer: gl`: all but the images is what the software renderer makes, bit by bit. */
export const facesGenerateGl: StageKind<FacesGenerateParameters> = {
  name: 'faces/generate+gl',
  says: 'Synthesises face images that headless-gl draws; everything else is as of `faces/generate`.',
  parameters,
  produces: facesGenerate.produces,
  outputs: facesGenerate.outputs!,
  shows: facesGenerate.shows!,
  metrics: facesGenerate.metrics!,
  resources: facesGenerate.resources!,
  environment: facesGenerate.environment!,
  // A driver decides how colours are interpolated and which samples an edge covers.
  reproducible: false,
  check: facesGenerate.check!,
  checkMachine: async () => {
    const { checkGl } = await import('./generate-gl-check.js');
    return checkGl();
  },
  division: {
    shape: 'shards',
    // Divided and put together as the kind that it stands for.
    parts: (p) => facesGenerate.division!.parts(p),
    run: async ({ parameters: p, part, workspace, cores, signal, progress }) => {
      const { generateFacesGl } = await import('./generate-gl-run.js');
      const { first, identities } = part.parameters as { first: number; identities: number };
      return generateFacesGl(p, { firstIdentity: first, identities }, { workspace, cores, signal, progress });
    },
    gather: async ({ parameters: p, parts, workspace }) => {
      const { describeFaces } = await import('./generate-run.js');
      return ok(describeFaces(p, parts, workspace));
    },
  },
};

/** `renderer: software` is what is done where nothing is said, and has its keys. */
export function facesVariant(resolved: JsonObject): { readonly kind: AnyStageKind; readonly parameters: JsonObject } {
  if (resolved.renderer === 'gl') return { kind: facesGenerateGl, parameters: resolved };
  const { renderer: _, ...rest } = resolved;
  return { kind: facesGenerate, parameters: rest };
}
