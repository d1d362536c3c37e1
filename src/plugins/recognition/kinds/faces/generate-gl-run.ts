import { join } from 'node:path';
import { GlPainter } from '../../faces/generate/gl-painter.js';
import type { ShardRange } from '../../faces/generate/generator.js';
import type { StageContext, StageReport } from '../../../../engine/stage.js';
import { ok, type Result } from '../../../../foundation/failures/result.js';
import type { FacesGenerateParameters } from './generate-parameters.js';
import { generateFaces, readModel, recipeOf, shardFile } from './generate-run.js';

/** Writes one shard as the software renderer does, then draws its images again through gl. */
export async function generateFacesGl(
  parameters: FacesGenerateParameters,
  range: ShardRange,
  context: Pick<StageContext<unknown>, 'workspace' | 'cores' | 'signal' | 'progress'>,
): Promise<Result<StageReport>> {
  const { workspace, signal, progress } = context;
  const model = await readModel(parameters);
  if (!model.ok) return model;
  const opened = await GlPainter.open(recipeOf(parameters), model.value);
  if (!opened.ok) return opened;
  const painter = opened.value;
  try {
    const half = (before: number) => (done: number, total: number) =>
      progress(Math.floor((before * total + done) / 2), total, 'images');
    const generated = await generateFaces(parameters, range, { ...context, progress: half(0) });
    if (!generated.ok) return generated;
    const path = join(workspace, shardFile(range.firstIdentity));
    const painted = await painter.repaint(path, range, { signal, onProgress: half(1) });
    if (!painted.ok) return painted;
    return ok({ ...generated.value, facts: { renderer: painter.device } });
  } finally {
    painter.close();
  }
}
