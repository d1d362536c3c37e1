import { stream } from '../../../foundation/numbers/random.js';
import { present } from '../../../foundation/values/present.js';
import type { Annotation } from '../datasets/formats/annotation-row.js';
import type { Annotations } from '../datasets/formats/annotations.js';
import { ijbaName, type IjbaRow } from '../datasets/formats/ijba.js';
import { drawConditions, nextFrame } from './photograph/characters.js';
import type { Conditions } from './photograph/conditions.js';
import { drawImages, type PlannedImage } from './drawing.js';
import type { Person } from './person/person.js';
import type { Picture } from './paint/studio.js';
import { fivePoints, hundredths, personOf, type DrawingHooks, type PersonRange, type World } from './world.js';

/**
 * A stand-in for IARPA Janus Benchmark A, 1:1: photographs and frames of video without restriction of pose, light or
 * quality, compared as templates of several images.
 */
export interface IjbaOptions {
  readonly world: World;
  /** Photographs of a subject. */
  readonly photographs: number;
  readonly videos: number;
  /** Frames of a video. */
  readonly frames: number;
  /** Side of an image, pixels. */
  readonly size: number;
}

/** What was drawn: a row of metadata for each face, with template 0, and the five points by the faces' names. */
export interface DrawnFaces {
  readonly rows: readonly IjbaRow[];
  /** What a detector might have found; the benchmark's own tables have eyes and the base of the nose alone. */
  readonly annotations: Annotations;
}

/** Draws some subjects' images below a folder. */
export async function drawIjba(
  options: IjbaOptions,
  range: PersonRange,
  folder: string,
  hooks: DrawingHooks = {},
): Promise<DrawnFaces> {
  const rows: IjbaRow[] = [];
  const annotations = new Map<string, Annotation>();
  const paper = { folder, size: options.size, type: 'jpeg', ...hooks } as const;
  await drawImages(planned(options, range), paper, (image, picture) => {
    const row = rowOf(image, picture);
    rows.push(row);
    annotations.set(ijbaName(row), { points: fivePoints(picture) });
  });
  return { rows, annotations };
}

interface PlannedFace extends PlannedImage {
  readonly subject: number;
  readonly media: number;
  readonly frame?: number;
}

function* planned(options: IjbaOptions, { begin, end }: PersonRange): Iterable<PlannedFace> {
  const { world, photographs, videos, frames } = options;
  for (let index = begin; index < end; index += 1) {
    const person = personOf(world, 'ijba', index);
    const subject = index + 1;
    let image = 0;
    const draw = () => drawConditions('ijba', world.seed, person, image, world.difficulty);
    for (let k = 1; k <= photographs; k += 1) {
      image += 1;
      yield { file: `img/${subject * 1000 + k}.jpg`, person, conditions: draw(), subject, media: subject * 1000 + k };
    }
    for (let k = 1; k <= videos; k += 1) {
      const media = subject * 1000 + 500 + k;
      let conditions: Conditions | undefined;
      for (let frame = 1; frame <= frames; frame += 1) {
        image += 1;
        conditions =
          conditions === undefined ? draw() : nextFrame(conditions, world.seed, person, image, world.difficulty);
        yield {
          file: `frame/${media}_${String(frame).padStart(5, '0')}.jpg`,
          person,
          conditions,
          subject,
          media,
          frame,
        };
      }
    }
  }
}

function rowOf({ file, person, conditions, subject, media, frame }: PlannedFace, picture: Picture): IjbaRow {
  const fields = new Map<string, string>();
  const put = (name: string, value: number): unknown => fields.set(name, String(hundredths(value)));
  put('MEDIA_ID', media);
  put('SIGHTING_ID', media);
  if (frame !== undefined) put('FRAME', frame);
  const points = BOX_LANDMARKS.map((name) => picture.point(name));
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  put('FACE_X', left);
  put('FACE_Y', top);
  put('FACE_WIDTH', Math.max(...xs) - left);
  put('FACE_HEIGHT', Math.max(...ys) - top);
  const [tip, lip] = [picture.point('center.nose.tip'), picture.point('center.lips.upper.outer')];
  for (const [name, [x, y]] of [
    ['RIGHT_EYE', picture.point('right.eye.pupil.center')],
    ['LEFT_EYE', picture.point('left.eye.pupil.center')],
    ['NOSE_BASE', [(tip[0] + lip[0]) / 2, (tip[1] + lip[1]) / 2]],
  ] as const) {
    put(`${name}_X`, x);
    put(`${name}_Y`, y);
  }
  put('FACE_YAW', (conditions.yaw * 180) / Math.PI);
  const { hat, glasses, scarf } = conditions;
  put('FOREHEAD_VISIBLE', hat === 'none' ? 1 : 0);
  put('EYES_VISIBLE', glasses === 'dark' ? 0 : 1);
  put('NOSE_MOUTH_VISIBLE', scarf === undefined || scarf < -45 ? 1 : 0);
  put('GENDER', person.female ? 1 : 2);
  put('SKIN_TONE', skinTone(person));
  put('AGE', person.age);
  put('FACIAL_HAIR', conditions.beard === 'none' ? 0 : 1);
  return { template: 0, subject, file, fields };
}

const BOX_LANDMARKS = [
  'center.front.trichion',
  'center.chin.tip',
  'center.nose.tip',
  'left.ear.helix.outer',
  'right.ear.helix.outer',
];

/** 1 to 6. */
function skinTone(person: Person): number {
  return 1 + Math.min(5, Math.floor(6 * person.melanin));
}

/** A split's tables. */
export interface IjbaSplit {
  readonly metadata: readonly IjbaRow[];
  readonly comparisons: readonly (readonly [number, number])[];
}

export interface SplitOptions {
  readonly seed: number;
  /** Share of the subjects that a split tests. */
  readonly share: number;
  /** Templates of a subject: the first is enrolled, the others are compared with it. */
  readonly templates: number;
  /** Impostor comparisons, at most. */
  readonly impostors: number;
}

/**
 * One split: a share of the subjects, each one's media (all frames of a video together) dealt to templates. Genuine
 * comparisons are of each further template with its subject's first; impostors are drawn from subjects of one sex whose
 * skin tones are at most one apart, as in the benchmark.
 * @param split from 1
 */
export function ijbaSplit(faces: readonly IjbaRow[], split: number, options: SplitOptions): IjbaSplit {
  const random = stream(options.seed, 'standin/ijba-split', split);
  const subjects = new Map<number, Map<string, IjbaRow[]>>();
  for (const row of faces) {
    const media = subjects.get(row.subject) ?? new Map<string, IjbaRow[]>();
    const id = present(row.fields, 'MEDIA_ID');
    media.set(id, [...(media.get(id) ?? []), row]);
    subjects.set(row.subject, media);
  }
  const numbers = random.shuffle([...subjects.keys()].sort((a, b) => a - b));
  const tested = numbers.slice(0, Math.max(1, Math.round(options.share * numbers.length))).sort((a, b) => a - b);
  const metadata: IjbaRow[] = [];
  const comparisons: [number, number][] = [];
  const enrolled: Template[] = [];
  const probes: Template[] = [];
  let template = split * 100_000;
  for (const subject of tested) {
    const media = random.shuffle([...present(subjects, subject).values()]);
    const count = Math.min(options.templates, media.length);
    for (let k = 0; k < count; k += 1) {
      template += 1;
      // Templates differ in size: what is left over goes to the first.
      const rows = media.filter((_, i) => (i < count ? i : random.uniform() < 0.5 ? 0 : i % count) === k).flat();
      metadata.push(...rows.map((row) => ({ ...row, template })));
      const like = {
        template,
        subject,
        sex: present(rows[0]!.fields, 'GENDER'),
        tone: Number(rows[0]!.fields.get('SKIN_TONE')),
      };
      (k === 0 ? enrolled : probes).push(like);
      if (k > 0) comparisons.push([enrolled.at(-1)!.template, template]);
    }
  }
  const impostors: [number, number][] = [];
  for (const a of enrolled) {
    for (const b of probes) {
      if (a.subject !== b.subject && a.sex === b.sex && Math.abs(a.tone - b.tone) <= 1)
        impostors.push([a.template, b.template]);
    }
  }
  const drawn = random
    .shuffle(impostors)
    .slice(0, options.impostors)
    .sort((x, y) => x[0] - y[0] || x[1] - y[1]);
  return { metadata, comparisons: [...comparisons, ...drawn] };
}

interface Template {
  readonly template: number;
  readonly subject: number;
  readonly sex: string;
  readonly tone: number;
}
