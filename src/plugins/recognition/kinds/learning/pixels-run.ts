import { join } from 'node:path';
import { EMBEDDINGS_FILE } from '../../learning/embedding/embed.js';
import { embedPixels } from '../../learning/embedding/pixels.js';
import type { StageContext, StageReport } from '../../../../engine/stage.js';
import { failure } from '../../../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { openImages } from '../datasets/open-images.js';
import { writeNames } from './embeddings.js';
import type { LearningPixelsParameters } from './pixels-parameters.js';

export function embedAsPixels({
  parameters: p,
  workspace,
}: StageContext<LearningPixelsParameters>): Result<StageReport> {
  const data = openImages(p.data);
  try {
    const { height, width } = data.record;
    if (height % p.size !== 0 || width % p.size !== 0) {
      const message = `the images are ${width}x${height}, which ${p.size} does not divide`;
      return fail(failure('learning/image-size', message, 'choose a size that divides them'));
    }
    const { dimensions } = embedPixels(data, p.size, join(workspace, EMBEDDINGS_FILE));
    writeNames(workspace, data);
    return ok({ metrics: { images: data.count, dimensions } });
  } finally {
    data.close();
  }
}
