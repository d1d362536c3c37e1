// Usage: node shard-statistics.mjs DATASET BINS
//
// What a data set of `fx` holds, by a program that knows nothing of `fx`: the mean colour of images by the yaw of their
// heads, and the mean image. DATASET is a folder with `dataset.json` and safetensors shards.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, binsText] = process.argv.slice(2);
const bins = Number(binsText);
const { shards, height, width, images } = JSON.parse(readFileSync(join(folder, 'dataset.json'), 'utf8'));

const sums = Array.from({ length: bins }, () => ({ images: 0, colour: [0, 0, 0] }));
const mean = new Float64Array(height * width * 3);
for (const { file } of shards) {
  const { pixels, poses, count } = readShard(join(folder, file));
  const size = height * width * 3;
  for (let i = 0; i < count; i += 1) {
    const yaw = poses.getFloat32(12 * i, true) * (180 / Math.PI);
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.floor(((yaw + 90) / 180) * bins)))];
    bin.images += 1;
    for (let j = 0; j < size; j += 1) {
      const value = pixels[i * size + j];
      mean[j] += value;
      bin.colour[j % 3] += value;
    }
  }
  console.log(`${file}: ${count} images`);
}

const area = height * width;
const rows = sums.map(({ images: n, colour }, i) => ({
  yaw: [-90 + (180 * i) / bins, -90 + (180 * (i + 1)) / bins],
  images: n,
  colour: colour.map((sum) => (n === 0 ? null : Number((sum / (n * area)).toFixed(3)))),
}));
writeFileSync('statistics.json', `${JSON.stringify({ images, rows })}\n`);
const face = Uint8Array.from(mean, (sum) => Math.round(sum / images));
writeFileSync('mean-face.ppm', Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), face]));

/** Eight bytes of length, a header in JSON, the tensors: the safetensors format. */
function readShard(path) {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  const tensor = (name) => {
    const [from, to] = header[name].data_offsets;
    return bytes.subarray(8 + length + from, 8 + length + to);
  };
  const pose = tensor('pose');
  return {
    pixels: tensor('images'),
    poses: new DataView(pose.buffer, pose.byteOffset, pose.byteLength),
    count: header.images.shape[0],
  };
}
