/**
 * What is to be done when the work of this process ends: leases released, children killed, passing folders removed. A process
 * of `fx` does it as it exits; one that runs several commands, as tests do, after each.
 */
const waiting = new Set<() => void>();

/** Called before the end comes, the function that is given back takes the act away again. */
export function atEnd(act: () => void): () => void {
  if (waiting.size === 0) process.once('exit', endWork);
  waiting.add(act);
  return () => {
    waiting.delete(act);
    if (waiting.size === 0) process.off('exit', endWork);
  };
}

/** Does what waits for the end, the latest first. */
export function endWork(): void {
  process.off('exit', endWork);
  const acts = [...waiting].reverse();
  waiting.clear();
  for (const act of acts) act();
}
