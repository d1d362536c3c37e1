/**
 * Bounds the pixels decoded at the same time. A request for more than there is waits, first come first served; a request
 * larger than the whole budget is granted when nothing else is held.
 */
export class PixelBudget {
  readonly #limit: number;
  readonly #waiting: { readonly pixels: number; readonly grant: () => void }[] = [];
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `work` while `pixels` are held. */
  async hold<T>(pixels: number, work: () => Promise<T>): Promise<T> {
    const wanted = Math.min(pixels, this.#limit);
    if (this.#waiting.length > 0 || this.#held + wanted > this.#limit) {
      await new Promise<void>((grant) => this.#waiting.push({ pixels: wanted, grant }));
    } else {
      this.#held += wanted;
    }
    try {
      return await work();
    } finally {
      this.#held -= wanted;
      for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
        if (this.#held + first.pixels > this.#limit) break;
        this.#waiting.shift();
        this.#held += first.pixels;
        first.grant();
      }
    }
  }
}
