import { join } from 'node:path';
import { loadModel } from '../../learning/checkpoint/model.js';
import { EMBEDDINGS_FILE, embedImages, type EmbedOptions } from '../../learning/embedding/embed.js';
import type { ImageSet } from '../../datasets/sets/image-set.js';
import type { StageContext, StageReport } from '../../../../engine/stage.js';
import { ok, type Result } from '../../../../foundation/failures/result.js';
import { openImages } from '../datasets/open-images.js';
import type { LearningEmbedParameters } from './embed-parameters.js';
import { augmentOf } from './augment-parameters.js';
import { writeNames } from './embeddings.js';
import { openEngine } from './engines.js';

export async function embedData(context: StageContext<LearningEmbedParameters>): Promise<Result<StageReport>> {
  const { parameters: p, workspace, cores, signal, progress } = context;
  const model = loadModel(p.model.locate);
  if (!model.ok) return model;
  const data = openImages(p.data);
  const by = p.normalise === undefined ? undefined : openImages(p.normalise.by);
  try {
    const engine = await openEngine(p.engine, cores);
    const embedded = await embedImages(engine, model.value, data, join(workspace, EMBEDDINGS_FILE), {
      signal,
      flip: p.flip,
      ...normaliseOf(p.normalise, by),
      onBlock: (done, total) => progress(done, total, 'images'),
    });
    if (!embedded.ok) return embedded;
    writeNames(workspace, data);
    const { images, dimensions, speed } = embedded.value;
    return ok({ metrics: { images, dimensions }, facts: { ...speed } });
  } finally {
    data.close();
    by?.close();
  }
}

function normaliseOf(
  p: LearningEmbedParameters['normalise'],
  by: ImageSet | undefined,
): Pick<EmbedOptions, 'normalise'> {
  if (p === undefined || by === undefined) return {};
  return { normalise: { by, within: p.within, shrink: p.shrink, ...augmentOf(p.augment) } };
}
