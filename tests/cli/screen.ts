import type { Screen } from '../../src/cli/terminal/screen.js';

/** As much of a terminal as progress needs: lines that wrap, going up, clearing below; it scrolls at the bottom. */
export class FakeScreen implements Screen {
  columns: number;
  rows: number;
  /** Whether something went up past the top of the screen, where it cannot be cleared. */
  lost = false;
  #lines: string[] = [''];
  #row = 0;
  #column = 0;
  readonly #listeners = new Set<() => void>();

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  /** All that was ever shown and not cleared. */
  get text(): string {
    return this.#lines.map((line) => line.trimEnd()).join('\n');
  }

  size = (): { columns: number; rows: number } => ({ columns: this.columns, rows: this.rows });

  onResize = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** As terminals do, breaks longer lines. */
  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.#lines = this.#lines.flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, 'g')) ?? ['']);
    this.#row = this.#lines.length - 1;
    this.#column = this.#lines.at(-1)!.length;
    for (const listener of this.#listeners) listener();
  }

  write = (text: string): void => {
    for (const [piece] of text.matchAll(/\x1b\[\d*[AJK]|\x1b\[[0-9;]*m|[^]/g)) {
      if (piece.endsWith('m') && piece.startsWith('\x1b')) continue;
      if (piece === '\n') {
        this.#row += 1;
        this.#column = 0;
        if (this.#row === this.#lines.length) this.#lines.push('');
      } else if (piece === '\r') this.#column = 0;
      else if (piece.endsWith('A') && piece.startsWith('\x1b')) {
        this.#row -= Number(piece.slice(2, -1));
        // What has scrolled away cannot be reached.
        if (this.#row < Math.max(0, this.#lines.length - this.rows)) this.lost = true;
        this.#row = Math.max(0, this.#row);
      } else if (piece === '\x1b[K') {
        this.#lines[this.#row] = this.#lines[this.#row]!.slice(0, this.#column);
      } else if (piece === '\x1b[J') {
        this.#lines = this.#lines.slice(0, this.#row + 1);
        this.#lines[this.#row] = this.#lines[this.#row]!.slice(0, this.#column);
      } else this.#put(piece);
    }
  };

  #put(character: string): void {
    if (this.#column === this.columns) {
      this.#row += 1;
      this.#column = 0;
      if (this.#row === this.#lines.length) this.#lines.push('');
    }
    const line = this.#lines[this.#row]!.padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column += 1;
  }
}
