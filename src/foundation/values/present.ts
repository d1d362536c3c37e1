/** The value of a key that is in the map by how the map was made. That it is not there is a bug, which names the key. */
export function present<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): Value {
  const value = map.get(key);
  if (value === undefined) throw new Error(`nothing is known of ${String(key)}`);
  return value;
}
