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
    const embedded = embedPixels(data, p.size, join(workspace, EMBEDDINGS_FILE));
    if ('mean' in embedded) {
      const message =
        data.count === 1
          ? 'a single image is its own mean image, and nothing is left of it'
          : `image ${embedded.mean} (from 0) is the mean image of its set, and nothing is left of it`;
      return fail(failure('learning/no-direction', message, 'embed images that differ'));
    }
    writeNames(workspace, data);
    return ok({ metrics: { images: data.count, ...embedded } });
  } finally {
    data.close();
  }
}
