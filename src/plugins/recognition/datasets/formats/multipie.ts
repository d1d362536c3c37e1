import type { Result } from '../../../../foundation/failures/result.js';
import { imageList, isImageName, type FoundImage, type ImageList, type Listing } from '../sets/image-list.js';
import type { DatasetDiagnostic } from '../dataset-diagnostic.js';

/**
 * CMU Multi-PIE (Gross, Matthews, Cohn, Kanade, Baker 2010): images
 * `session01/multiview/001/01/05_1/001_01_01_051_07.png`: session, subject, recording, camera, and in the file's name
 * subject, session, recording, camera without its underscore, and shot.
 */
export interface MultiPieImage {
  /** `001` to `346` */
  readonly subject: string;
  /** 1 to 4 */
  readonly session: number;
  /** 1 to 4; in session 1, recording 1 is neutral and 2 a smile. */
  readonly recording: number;
  /** `05_1` */
  readonly camera: string;
  /** The flash: 0 to 19; 0 and 19 without, 7 the frontal one. */
  readonly shot: number;
}

/** The shot taken with the flash next to the frontal camera. */
export const FRONTAL_SHOT = 7;

/**
 * Yaw of the thirteen cameras at the height of the head, in degrees; positive where the nose points to the image's
 * right, as the generator counts (so 24_0, which sees the subject's right profile, is at +90). Publications use both
 * signs. Not among them: 08_1 and 19_1, which look down from above.
 */
export const MULTIPIE_YAW: ReadonlyMap<string, number> = new Map([
  ['11_0', -90],
  ['12_0', -75],
  ['09_0', -60],
  ['08_0', -45],
  ['13_0', -30],
  ['14_0', -15],
  ['05_1', 0],
  ['05_0', 15],
  ['04_1', 30],
  ['19_0', 45],
  ['20_0', 60],
  ['01_0', 75],
  ['24_0', 90],
]);

/** `session01/multiview/001/01/05_1/001_01_01_051_07.png` */
export function multiPieFile(image: MultiPieImage): string {
  const { subject, camera } = image;
  const [session, recording, shot] = [image.session, image.recording, image.shot].map((n) =>
    String(n).padStart(2, '0'),
  );
  const name = [subject, session, recording, camera.replace('_', ''), shot].join('_');
  return `session${session}/multiview/${subject}/${recording}/${camera}/${name}.png`;
}

/** What a file's name says; undefined for other names. The folders above it are not asked. */
export function parseMultiPieFile(path: string): MultiPieImage | undefined {
  const match = /(?:^|\/)(\d{3})_(\d{2})_(\d{2})_(\d{2})(\d)_(\d{2})\.[a-z]+$/i.exec(path);
  if (match === null || !isImageName(path)) return undefined;
  return {
    subject: match[1]!,
    session: Number(match[2]),
    recording: Number(match[3]),
    camera: `${match[4]!}_${match[5]!}`,
    shot: Number(match[6]),
  };
}

/** Which images to read; what is left out is not restricted. */
export interface MultiPieSelection {
  readonly sessions?: readonly number[];
  readonly recordings?: readonly number[];
  readonly cameras?: readonly string[];
  readonly shots?: readonly number[];
}

/** The paper's: session one, frontal light, no overhead camera. Which recordings it took is not said; all are. */
export const PAPER_SELECTION: MultiPieSelection = {
  sessions: [1],
  cameras: [...MULTIPIE_YAW.keys()],
  shots: [FRONTAL_SHOT],
};

/** Images are called by {@link multiPieFile} whatever folder they lie below. */
export function readMultiPie(
  listing: Listing,
  selection: MultiPieSelection = PAPER_SELECTION,
): Result<ImageList, readonly DatasetDiagnostic[]> {
  return imageList('multipie', {
    *[Symbol.iterator](): Generator<FoundImage> {
      for (const { path } of listing) {
        const image = parseMultiPieFile(path);
        if (image === undefined || !isSelected(image, selection)) continue;
        yield { name: multiPieFile(image), file: path, identity: image.subject };
      }
    },
  });
}

function isSelected(image: MultiPieImage, { sessions, recordings, cameras, shots }: MultiPieSelection): boolean {
  return (
    (sessions?.includes(image.session) ?? true) &&
    (recordings?.includes(image.recording) ?? true) &&
    (cameras?.includes(image.camera) ?? true) &&
    (shots?.includes(image.shot) ?? true)
  );
}
