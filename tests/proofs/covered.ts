import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** By module: the stretches of its text that were executed, `[start, end)`. */
export type Covering = Readonly<Record<string, readonly (readonly [number, number])[]>>;

interface Report {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
    }[];
  }[];
}

/**
 * What any of some processes executed, as V8 tells it (`NODE_V8_COVERAGE`).
 * @param base the beginning of the modules' addresses
 */
export function readCovering(folder: string, base: string): Covering {
  const executed = new Map<string, Uint8Array>();
  for (const name of readdirSync(folder)) {
    let report: Report;
    try {
      report = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Report;
    } catch {
      continue; // Of a process that was killed as it wrote.
    }
    for (const { url, functions } of report.result) {
      if (!url.startsWith(base)) continue;
      // An outer stretch before those in it, which say otherwise.
      const ranges = functions
        .flatMap(({ ranges }) => ranges)
        .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
      const here = new Uint8Array(Math.max(...ranges.map(({ endOffset }) => endOffset)));
      for (const { startOffset, endOffset, count } of ranges) here.fill(count > 0 ? 1 : 0, startOffset, endOffset);
      const module = url.slice(base.length);
      const before = executed.get(module);
      executed.set(module, before === undefined ? here : here.map((one, i) => one | (before[i] ?? 0)));
    }
  }
  return Object.fromEntries([...executed].map(([module, marks]) => [module, stretchesOf(marks)]));
}

/** Whether a place was executed. */
export function covers(covering: Covering, module: string, at: number): boolean {
  return (covering[module] ?? []).some(([start, end]) => start <= at && at < end);
}

function stretchesOf(marks: Uint8Array): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (let start = marks.indexOf(1); start >= 0;) {
    const end = marks.indexOf(0, start);
    found.push([start, end < 0 ? marks.length : end]);
    start = end < 0 ? -1 : marks.indexOf(1, end);
  }
  return found;
}
