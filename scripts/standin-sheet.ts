/**
 * Draws the picture of docs/standin.md: for each set of the stand-in world, two persons, a row each.
 *
 *     node dist/scripts/standin-sheet.js docs/images/standin.jpg
 */
import { MULTIPIE_YAW } from '../src/plugins/recognition/datasets/formats/multipie.js';
import {
  drawConditions,
  multiPieConditions,
  nextFrame,
} from '../src/plugins/recognition/standin/photograph/characters.js';
import type { Conditions } from '../src/plugins/recognition/standin/photograph/conditions.js';
import type { Person, Population } from '../src/plugins/recognition/standin/person/person.js';
import { DEFAULT_WORLD as WORLD, personOf, studioFor } from '../src/plugins/recognition/standin/world.js';

const SIZE = 84;
const COLUMNS = MULTIPIE_YAW.size;
/** White between sets. */
const GAP = 6;
const SETS: readonly Population[] = ['casia', 'lfw', 'multipie', 'ijba'];
const YAWS = [...MULTIPIE_YAW.values()];

const width = COLUMNS * SIZE;
const height = 2 * SETS.length * SIZE + (SETS.length - 1) * GAP;
const sheet = new Uint8Array(3 * width * height).fill(255);

function conditionsOf(set: Population, person: Person, column: number, before: Conditions | undefined): Conditions {
  const { seed, difficulty } = WORLD;
  if (set === 'multipie') return multiPieConditions(seed, person, YAWS[column]!, 1, difficulty);
  // The last five of a row of IJB-A are frames of a video.
  if (set === 'ijba' && column > 8) return nextFrame(before!, seed, person, column + 1, difficulty);
  return drawConditions(set, seed, person, column + 1, difficulty);
}

SETS.forEach((set, block) => {
  for (let row = 0; row < 2; row += 1) {
    const person = personOf(WORLD, set, row + 2);
    const top = (2 * block + row) * SIZE + block * GAP;
    let conditions: Conditions | undefined;
    for (let column = 0; column < COLUMNS; column += 1) {
      conditions = conditionsOf(set, person, column, conditions);
      const { pixels } = studioFor(SIZE).take(person, conditions);
      for (let y = 0; y < SIZE; y += 1) {
        sheet.set(pixels.subarray(3 * y * SIZE, 3 * (y + 1) * SIZE), 3 * ((top + y) * width + column * SIZE));
      }
    }
  }
});

const { default: sharp } = await import('sharp');
await sharp(sheet, { raw: { width, height, channels: 3 } })
  .jpeg({ quality: 88 })
  .toFile(process.argv[2] ?? 'docs/images/standin.jpg');
