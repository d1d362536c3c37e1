/** How far a program says that it is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** A plural noun. */
  readonly unit: string;
}

/** `progress 3/10 epochs`, alone on a line. */
const PLAIN = /^progress:?\s+(\d+)\s*\/\s*(\d+)(?:\s+(\S{1,40}))?\s*$/i;

/** A bar of tqdm: `train:  30%|███       | 3/10 [00:01<00:02,  2.50epoch/s]`. */
const TQDM = /(\d{1,3})%\|.*\|\s*(\d+)\/(\d+)\s*\[(?:.*?([A-Za-z]+)\/s|.*?s\/([A-Za-z]+))?/;

/**
 * What a line says of a program's progress; undefined of any other line. A bar that is drawn over and over stands on one line,
 * carriage returns between: its last state counts.
 */
export function progressIn(line: string): Progress | undefined {
  const last = line.split('\r').findLast((piece) => piece.trim() !== '') ?? '';
  const plain = PLAIN.exec(last);
  if (plain !== null) return progress(plain[1]!, plain[2]!, plain[3] ?? 'steps');
  const bar = TQDM.exec(last);
  if (bar === null) return undefined;
  const unit = bar[4] ?? bar[5] ?? 'it';
  return progress(bar[2]!, bar[3]!, unit === 'it' ? 'steps' : unit.endsWith('s') ? unit : `${unit}s`);
}

function progress(done: string, total: string, unit: string): Progress | undefined {
  const [a, b] = [Number(done), Number(total)];
  return b > 0 && a <= b ? { done: a, total: b, unit } : undefined;
}
