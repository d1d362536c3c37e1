/**
 * Where the rows of a table on disk stand, by their names: 18 bytes a row, whatever the names. It holds a hash of each name
 * and leaves it to the caller to compare the names of rows of one hash.
 */
export class NameIndex {
  /** Of each row, in the order in which they were added: its name's hash, and the byte at which it begins. */
  readonly #hashes: Uint32Array;
  readonly #offsets: Float64Array;
  /** A hash table with linear probing: a row's number plus one, or 0 in a free slot. */
  readonly #slots: Uint32Array;
  #count = 0;

  /** @param capacity rows at most */
  constructor(capacity: number) {
    this.#hashes = new Uint32Array(capacity);
    this.#offsets = new Float64Array(capacity);
    // At least one slot stays free, where a search ends.
    this.#slots = new Uint32Array(Math.floor(1.5 * capacity) + 1);
  }

  get count(): number {
    return this.#count;
  }

  /** The byte at which a row begins. */
  offset(row: number): number {
    return this.#offsets[row]!;
  }

  /** The first row of this hash that is the one meant; undefined where there is none. */
  find(hash: number, isMeant: (row: number) => boolean): number | undefined {
    for (let slot = hash % this.#slots.length; ; slot = this.#next(slot)) {
      const row = this.#slots[slot]! - 1;
      if (row < 0) return undefined;
      if (this.#hashes[row] === hash && isMeant(row)) return row;
    }
  }

  /** Adds a row. @param hash 32 bits */
  add(hash: number, offset: number): void {
    if (this.#count === this.#hashes.length) throw new Error(`an index of ${this.#count} rows is full`);
    this.#hashes[this.#count] = hash;
    this.#offsets[this.#count] = offset;
    this.#count += 1;
    let slot = hash % this.#slots.length;
    while (this.#slots[slot] !== 0) slot = this.#next(slot);
    this.#slots[slot] = this.#count;
  }

  #next(slot: number): number {
    return slot + 1 === this.#slots.length ? 0 : slot + 1;
  }
}
