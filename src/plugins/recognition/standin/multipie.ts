import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FRONTAL_SHOT, MULTIPIE_YAW, multiPieFile } from '../datasets/formats/multipie.js';
import { formatPos, posFile } from '../datasets/formats/pos.js';
import { multiPieConditions } from './photograph/characters.js';
import { drawImages, type PlannedImage } from './drawing.js';
import type { Picture } from './paint/studio.js';
import { hundredths, personOf, type DrawingHooks, type PersonRange, type World } from './world.js';

/** A stand-in for CMU Multi-PIE, session one: thirteen cameras 15 degrees apart, plain light, plain background. */
export interface MultiPieOptions {
  readonly world: World;
  /** 1: a neutral face; 2: a smile. */
  readonly recordings: readonly number[];
  /** Side of an image, pixels. */
  readonly size: number;
}

/** Draws some subjects' images below a folder, each with its `.pos` of eight points beside it. */
export async function drawMultiPie(
  options: MultiPieOptions,
  range: PersonRange,
  folder: string,
  hooks: DrawingHooks = {},
): Promise<number> {
  const annotations = new Map<string, string>();
  const images = await drawImages(
    planned(options, range),
    { folder, size: options.size, type: 'png', ...hooks },
    (image, picture) => annotations.set(posFile(image.file), posOf(picture)),
  );
  for (const [file, text] of annotations) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  return images;
}

function* planned({ world, recordings }: MultiPieOptions, { begin, end }: PersonRange): Iterable<PlannedImage> {
  for (let index = begin; index < end; index += 1) {
    const person = personOf(world, 'multipie', index);
    const subject = String(index + 1).padStart(3, '0');
    for (const recording of recordings) {
      for (const [camera, yaw] of MULTIPIE_YAW) {
        const file = multiPieFile({ subject, session: 1, recording, camera, shot: FRONTAL_SHOT });
        yield { file, person, conditions: multiPieConditions(world.seed, person, yaw, recording, world.difficulty) };
      }
    }
  }
}

/** The variant of eight points; those that the head hides at their true places. */
function posOf(picture: Picture): string {
  const names = {
    reye: 'right.eye.pupil.center',
    leye: 'left.eye.pupil.center',
    nose: 'center.nose.tip',
    mouthr: 'right.lips.corner',
    mouthl: 'left.lips.corner',
    lipt: 'center.lips.upper.outer',
    lipb: 'center.lips.lower.outer',
    chin: 'center.chin.tip',
  };
  return formatPos(
    new Map(
      Object.entries(names).map(([name, landmark]) => {
        const [x, y] = picture.point(landmark);
        return [name, { x: hundredths(x), y: hundredths(y) }];
      }),
    ),
  );
}
