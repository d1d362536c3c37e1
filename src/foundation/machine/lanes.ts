/**
 * What `work` makes of each item, in the items' order. At most `lanes` are worked on at the same time, and no item is asked
 * for before a lane is free, so that items which are made as they are asked for are never all there. Rejects as soon as
 * one does.
 */
export async function mapInLanes<T, R>(
  items: Iterable<T>,
  lanes: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const iterator = items[Symbol.iterator]();
  let count = 0;
  const lane = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      const at = count++;
      results[at] = await work(next.value);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** Items, as long as it is not over. Looked at in lanes, no further item is begun once it is. */
export function* until<T>(items: Iterable<T>, isOver: () => boolean): Generator<T> {
  for (const item of items) {
    if (isOver()) return;
    yield item;
  }
}
