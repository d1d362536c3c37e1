/** A stage kind for carry-over-crops.yaml: images as a camera would have kept them, compressed as JPEG. */
import { openImages, writeImages } from 'runpaper/images';
import { artifact, count, failure, object, ok, stream } from 'runpaper/stage';
import sharp from 'sharp';

export const jpeg = {
  name: 'jpeg',
  says: 'Compresses each image as JPEG, at a quality drawn uniformly, and decodes it again.',
  produces: 'images',
  parameters: object(
    {
      data: artifact(['images'], { says: 'The images.' }),
      least: count({ says: 'The lowest quality.', min: 1, max: 100 }),
      most: count({ says: 'The highest quality, at least the lowest.', min: 1, max: 100 }),
      seed: count({ says: 'Decides the qualities.' }),
    },
    { says: 'Compression as JPEG, with colours at half the resolution, as cameras have it.' },
  ),
  check: async ({ least, most }) =>
    least <= most
      ? []
      : [
          {
            ...failure('jpeg/qualities', `the lowest quality, ${least}, is above the highest, ${most}`),
            pointer: '/least',
          },
        ],
  run: async ({ parameters: { data, least, most, seed }, workspace }) => {
    const set = openImages(data);
    const { height, width } = set.record;
    const pixels = new Uint8Array(set.count * set.imageBytes);
    const random = stream(seed, 'jpeg');
    const raw = { width, height, channels: 3 };
    for (let index = 0; index < set.count; index++) {
      const image = pixels.subarray(index * set.imageBytes, (index + 1) * set.imageBytes);
      set.readImages([index], image);
      const quality = least + random.integer(most - least + 1);
      const file = await sharp(image, { raw }).jpeg({ quality, chromaSubsampling: '4:2:0' }).toBuffer();
      image.set(await sharp(file).raw().toBuffer());
    }
    writeImages(workspace, { height, width, pixels, identity: set.identity, source: 'jpeg' });
    set.close();
    return ok({ metrics: { images: set.count } });
  },
};
