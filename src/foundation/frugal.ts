import { setFlagsFromString } from 'node:v8';

let wishes = 0;

/**
 * Until the returned function is called, V8 collects garbage as soon as it may. Left to itself it lets the short-lived
 * objects of a long stream grow to several times what lives, since that is faster: of 8 MiB that lived, a pass over
 * 450,000 names made 75. Sparing them costs a stream a tenth of its time, and other work as much, so it is asked for
 * where there is a stream alone.
 *
 * The two flags are looked at whenever V8 sizes its heap, so that they may be set at any time.
 */
export function spareMemory(): () => void {
  wishes += 1;
  if (wishes === 1) set(1, 10);
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    wishes -= 1;
    if (wishes === 0) set(2, 0);
  };
}

/** Spares memory during some work. */
export async function sparingMemory<T>(work: () => T | Promise<T>): Promise<T> {
  const end = spareMemory();
  try {
    return await work();
  } finally {
    end();
  }
}

/** @param growth of the space of new objects, a factor; @param percent of the old ones beyond what lives, 0 for V8's own */
function set(growth: number, percent: number): void {
  setFlagsFromString(`--semi-space-growth-factor=${growth}`);
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}
