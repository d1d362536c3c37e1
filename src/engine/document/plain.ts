import type { Entry, ListNode, MapNode, Node, Scalar } from './node.js';
import type { Located, Source } from './source.js';

/**
 * Reads the plain YAML that experiments are written in: block maps and lists, flow collections, scalars on one line,
 * comments. Anything else (anchors, aliases, tags, block and multi-line scalars, escapes, tabs, several documents) and
 * anything doubtful is left to the YAML package: then undefined. What is read here is what the package reads, which tests
 * hold on random texts. It exists because loading the package takes longer than all else in a no-op run, and its tree of
 * ten thousand stages a second.
 */
export function readPlain(source: Source): MapNode | undefined {
  if (UNUSUAL.test(source.text)) return undefined;
  const reader = new PlainReader(source, source.text.length);
  try {
    return reader.document();
  } catch (thrown) {
    if (thrown === UNREAD) return undefined;
    throw thrown;
  }
}

/** A value on one line, such as one on the command line: the stretch of a source, or undefined as in {@link readPlain}. */
export function readPlainValue(source: Source, start: number, end: number): Node | undefined {
  const text = source.text.slice(start, end);
  if (UNUSUAL.test(text) || text.includes('\n')) return undefined;
  const reader = new PlainReader(source, end);
  try {
    return reader.value(start);
  } catch (thrown) {
    if (thrown === UNREAD) return undefined;
    throw thrown;
  }
}

/** Tabs, carriage returns, byte order marks, NUL: rare, and with rules of their own. */
const UNUSUAL = /[\t\r\ufeff\0]/;
/** Not an error: thrown and caught here. */
const UNREAD = Symbol('unread');
const DEEPEST = 60;

const SPACE = 32;
const NEWLINE = 10;
const HASH = 35;
const COLON = 58;
const DASH = 45;
const COMMA = 44;
const BACKSLASH = 92;
const QUOTE = 34;
const APOSTROPHE = 39;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_MAP = 123;
const CLOSE_MAP = 125;

/** What no plain scalar that is read here begins with. */
const INDICATORS = new Set(Array.from('?:,[]{}#&*!|>\'"%@`', (c) => c.charCodeAt(0)));

class PlainReader {
  readonly #source: Source;
  readonly #text: string;
  readonly #end: number;
  #at = 0;
  /** Of the line that `#at` is on, at its first character. -1 at the end of the text. */
  #indent = -1;
  #depth = 0;

  constructor(source: Source, end: number) {
    this.#source = source;
    this.#text = source.text;
    this.#end = end;
  }

  document(): MapNode {
    this.#nextLine();
    if (this.#indent !== 0 || this.#isDash()) this.#give();
    const root = this.#map(0);
    if (this.#at < this.#end) this.#give();
    return root;
  }

  value(start: number): Node {
    this.#at = start;
    this.#spaces();
    if (this.#at >= this.#end) this.#give();
    const node = this.#inline(-1);
    this.#spaces();
    if (this.#at < this.#end) this.#give();
    return node;
  }

  #give(): never {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- no error, and no stack wanted
    throw UNREAD;
  }

  #code(at = this.#at): number {
    return at < this.#end ? this.#text.charCodeAt(at) : NEWLINE;
  }

  #spaces(): void {
    while (this.#code() === SPACE && this.#at < this.#end) this.#at += 1;
  }

  /** From the start of a line to the first character of the first one with content. */
  #nextLine(): void {
    for (;;) {
      const start = this.#at;
      this.#spaces();
      if (this.#at >= this.#end) {
        this.#indent = -1;
        return;
      }
      const code = this.#code();
      if (code === HASH) this.#at = this.#lineEnd();
      else if (code !== NEWLINE) {
        this.#indent = this.#at - start;
        if (this.#indent === 0 && (this.#text.startsWith('---', this.#at) || this.#text.startsWith('...', this.#at)))
          this.#give();
        return;
      }
      this.#at += 1;
    }
  }

  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#at);
    return end < 0 || end > this.#end ? this.#end : end;
  }

  /** After a value: nothing but a comment may follow on its line. */
  #endOfLine(): void {
    const before = this.#at;
    this.#spaces();
    if (this.#code() === HASH) {
      if (this.#at === before) this.#give();
      this.#at = this.#lineEnd();
    }
    if (this.#code() !== NEWLINE) this.#give();
    this.#at = Math.min(this.#at + 1, this.#end);
    this.#nextLine();
  }

  #isDash(): boolean {
    if (this.#code() !== DASH) return false;
    const next = this.#code(this.#at + 1);
    return next === SPACE || next === NEWLINE;
  }

  #block(indent: number): Node {
    return this.#isDash() ? this.#list(indent) : this.#map(indent);
  }

  #map(indent: number): MapNode {
    this.#enter();
    const start = this.#at;
    const entries = new Map<string, Entry>();
    let end = start;
    do {
      if (this.#isDash()) this.#give();
      const { key, name } = this.#key();
      const value = this.#mapValue(indent, key);
      if (entries.has(name)) this.#give();
      entries.set(name, { key, value });
      end = value.end;
    } while (this.#indent === indent && !this.#isDash());
    if (this.#indent > indent) this.#give();
    this.#depth -= 1;
    return { source: this.#source, start, end, kind: 'map', entries };
  }

  /** What follows `key:`, and on to the next line. */
  #mapValue(indent: number, key: Located): Node {
    const before = this.#at;
    this.#spaces();
    const code = this.#code();
    if (code === NEWLINE || (code === HASH && this.#at > before)) {
      this.#at = before;
      this.#endOfLine();
      if (this.#indent > indent) return this.#below(indent);
      if (this.#indent === indent && this.#isDash()) return this.#list(indent);
      return { ...key, kind: 'scalar', value: null };
    }
    if (this.#isDash()) this.#give();
    const value = this.#inline(indent);
    this.#endOfLine();
    // A line further in would go on with a scalar, or be a mistake.
    if (this.#indent > indent) this.#give();
    return value;
  }

  /** The value of a key on the lines below it. */
  #below(indent: number): Node {
    const code = this.#code();
    if (code !== OPEN_MAP && code !== OPEN_LIST) return this.#block(this.#indent);
    const value = this.#flow(indent);
    this.#endOfLine();
    if (this.#indent > indent) this.#give();
    return value;
  }

  #list(indent: number): ListNode {
    this.#enter();
    const start = this.#at;
    const items: Node[] = [];
    do {
      const dash = this.#at;
      this.#at += 1;
      this.#spaces();
      if (this.#code() === NEWLINE || this.#code() === HASH || this.#isDash()) this.#give();
      const column = indent + this.#at - dash;
      if (this.#isKey()) {
        this.#indent = column;
        items.push(this.#map(column));
      } else {
        items.push(this.#inline(indent));
        this.#endOfLine();
      }
      if (this.#indent > indent) this.#give();
    } while (this.#indent === indent && this.#isDash());
    this.#depth -= 1;
    return { source: this.#source, start, end: items.at(-1)!.end, kind: 'list', items };
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > DEEPEST) this.#give();
  }

  /** Whether a plain key stands here: text, a colon, and a blank. Quoted ones are left to the package. */
  #isKey(): boolean {
    const first = this.#code();
    if (first === OPEN_LIST || first === OPEN_MAP) return false;
    if (first === QUOTE || first === APOSTROPHE) {
      const close = this.#text.indexOf(this.#text[this.#at]!, this.#at + 1);
      if (/^ *:/.test(this.#text.slice(close + 1, close + 9))) this.#give();
      return false;
    }
    const line = this.#text.slice(this.#at, this.#lineEnd());
    const comment = line.indexOf(' #');
    return keyEnd(comment < 0 ? line : line.slice(0, comment)) >= 0;
  }

  #isBlank(at: number): boolean {
    const code = this.#code(at);
    return code === SPACE || code === NEWLINE;
  }

  /** A key of a block map and its colon. */
  #key(): { key: Located; name: string } {
    const start = this.#at;
    const first = this.#code();
    if (first === QUOTE || first === APOSTROPHE) {
      const { value, end } = this.#quoted();
      this.#spaces();
      if (this.#code() !== COLON || !this.#isBlank(this.#at + 1)) this.#give();
      this.#at += 1;
      return { key: { source: this.#source, start, end }, name: this.#name(value, end - start) };
    }
    this.#plainStart(false);
    const line = this.#text.slice(start, this.#lineEnd());
    const colon = keyEnd(line);
    const comment = line.indexOf(' #');
    if (colon < 0 || (comment >= 0 && comment < colon)) this.#give();
    this.#at = start + colon + 1;
    return this.#plainKey(start, start + colon);
  }

  #plainKey(start: number, colon: number): { key: Located; name: string } {
    let end = colon;
    while (this.#code(end - 1) === SPACE) end -= 1;
    const name = this.#text.slice(start, end);
    if (NULL.test(name) || name === '<<') this.#give();
    return { key: { source: this.#source, start, end }, name: this.#name(name, end - start) };
  }

  #name(name: string, length: number): string {
    if (name === '__proto__' || length > 1000) this.#give();
    return name;
  }

  #plainStart(inFlow: boolean): void {
    const first = this.#code();
    if (INDICATORS.has(first)) this.#give();
    if (first !== DASH) return;
    const next = this.#code(this.#at + 1);
    if (next === SPACE || next === NEWLINE || (inFlow && isFlow(next))) this.#give();
  }

  /** A value that begins on this line; `indent` is that of the block it is in. */
  #inline(indent: number): Node {
    const code = this.#code();
    if (code === OPEN_MAP || code === OPEN_LIST) return this.#flow(indent);
    if (code === QUOTE || code === APOSTROPHE) return this.#quotedNode();
    this.#plainStart(false);
    const start = this.#at;
    const rest = this.#text.slice(start, this.#lineEnd());
    const comment = rest.indexOf(' #');
    const written = comment < 0 ? rest : rest.slice(0, comment);
    if (keyEnd(written) >= 0) this.#give();
    return this.#plain(start, start + written.length);
  }

  #plain(start: number, stop: number): Node {
    let end = stop;
    while (end > start && this.#code(end - 1) === SPACE) end -= 1;
    this.#at = end;
    const value = this.#scalar(this.#text.slice(start, end));
    return { source: this.#source, start, end, kind: 'scalar', value };
  }

  /** By YAML's core schema. Numbers that it can write but hardly anybody does are left to the package. */
  #scalar(written: string): Scalar {
    const first = written.charCodeAt(0);
    const numeric = (first >= 48 && first <= 57) || first === DASH || first === 43 || first === 46;
    if (numeric) {
      if (DECIMAL.test(written)) {
        const value = Number(written);
        if (
          !Number.isFinite(value) ||
          Object.is(value, -0) ||
          (Number.isInteger(value) && !Number.isSafeInteger(value))
        )
          this.#give();
        return value;
      }
      if (ODD_NUMBER.test(written)) this.#give();
      return written;
    }
    if (NULL.test(written)) return null;
    if (TRUE.test(written)) return true;
    return FALSE.test(written) ? false : written;
  }

  #quoted(): { value: string; end: number } {
    const quote = this.#text[this.#at]!;
    let close = this.#text.indexOf(quote, this.#at + 1);
    if (quote === '"') while (close > 0 && this.#isEscaped(close)) close = this.#text.indexOf(quote, close + 1);
    if (close < 0 || close >= this.#end) this.#give();
    let value = this.#text.slice(this.#at + 1, close);
    if (value.includes('\n')) this.#give();
    if (quote === "'" && this.#code(close + 1) === APOSTROPHE) this.#give();
    if (quote === '"' && value.includes('\\')) {
      if (!JSON_ESCAPES.test(value)) this.#give();
      value = JSON.parse(`"${value}"`) as string;
    }
    this.#at = close + 1;
    return { value, end: close + 1 };
  }

  /** Whether an odd number of backslashes stands before a quote. */
  #isEscaped(quote: number): boolean {
    let at = quote;
    while (this.#text.charCodeAt(at - 1) === BACKSLASH && at - 1 > this.#at) at -= 1;
    return (quote - at) % 2 === 1;
  }

  #quotedNode(): Node {
    const start = this.#at;
    const { value, end } = this.#quoted();
    return { source: this.#source, start, end, kind: 'scalar', value };
  }

  #flow(indent: number): Node {
    this.#enter();
    const start = this.#at;
    const node = this.#code() === OPEN_MAP ? this.#flowMap(start, indent) : this.#flowList(start, indent);
    this.#depth -= 1;
    return node;
  }

  #flowList(start: number, indent: number): Node {
    const items: Node[] = [];
    this.#at += 1;
    this.#flowSpace(indent);
    while (this.#code() !== CLOSE_LIST) {
      items.push(this.#flowValue(indent));
      this.#flowNext(indent, CLOSE_LIST);
    }
    this.#at += 1;
    return { source: this.#source, start, end: this.#at, kind: 'list', items };
  }

  #flowMap(start: number, indent: number): Node {
    const entries = new Map<string, Entry>();
    this.#at += 1;
    this.#flowSpace(indent);
    while (this.#code() !== CLOSE_MAP) {
      const { key, name } = this.#flowKey();
      this.#flowSpace(indent);
      const value = this.#flowValue(indent);
      if (entries.has(name)) this.#give();
      entries.set(name, { key, value });
      this.#flowNext(indent, CLOSE_MAP);
    }
    this.#at += 1;
    return { source: this.#source, start, end: this.#at, kind: 'map', entries };
  }

  #flowKey(): { key: Located; name: string } {
    const start = this.#at;
    const first = this.#code();
    if (first === QUOTE || first === APOSTROPHE) {
      const { value, end } = this.#quoted();
      if (this.#code() !== COLON || !this.#isBlank(this.#at + 1)) this.#give();
      this.#at += 1;
      return { key: { source: this.#source, start, end }, name: this.#name(value, end - start) };
    }
    this.#plainStart(true);
    for (let i = start; ; i += 1) {
      const code = this.#code(i);
      if (code === NEWLINE || isFlow(code) || (code === HASH && this.#code(i - 1) === SPACE)) this.#give();
      if (code !== COLON) continue;
      if (isFlow(this.#code(i + 1))) this.#give();
      if (!this.#isBlank(i + 1)) continue;
      this.#at = i + 1;
      return this.#plainKey(start, i);
    }
  }

  #flowValue(indent: number): Node {
    const code = this.#code();
    if (code === OPEN_MAP || code === OPEN_LIST) return this.#flow(indent);
    if (code === QUOTE || code === APOSTROPHE) return this.#quotedNode();
    this.#plainStart(true);
    const start = this.#at;
    let i = start;
    for (; this.#code(i) !== NEWLINE && !isFlow(this.#code(i)); i += 1) {
      const here = this.#code(i);
      if (here === HASH && this.#code(i - 1) === SPACE) break;
      if (here === COLON && (this.#isBlank(i + 1) || isFlow(this.#code(i + 1)))) this.#give();
    }
    return this.#plain(start, i);
  }

  /** A comma and what follows it, or the closing bracket. */
  #flowNext(indent: number, close: number): void {
    this.#flowSpace(indent);
    if (this.#code() === COMMA) {
      this.#at += 1;
      this.#flowSpace(indent);
      if (this.#code() === COMMA) this.#give();
    } else if (this.#code() !== close || this.#at >= this.#end) this.#give();
  }

  /** Blanks, line ends and comments inside of a flow collection, whose lines stand further in than its block. */
  #flowSpace(indent: number): void {
    for (;;) {
      const before = this.#at;
      this.#spaces();
      if (this.#at >= this.#end) this.#give();
      const code = this.#code();
      if (code === HASH && this.#at > before) this.#at = this.#lineEnd();
      else if (code !== NEWLINE) return;
      if (this.#at >= this.#end) this.#give();
      this.#at += 1;
      const line = this.#at;
      this.#spaces();
      const first = this.#code();
      if (first === HASH) this.#give();
      if (first !== NEWLINE && this.#at - line <= indent) this.#give();
    }
  }
}

/** Where the colon stands that ends a key: one with a blank, or nothing, after it. -1 where there is none. */
function keyEnd(line: string): number {
  const colon = line.indexOf(': ');
  return colon < 0 && line.endsWith(':') ? line.length - 1 : colon;
}

function isFlow(code: number): boolean {
  return code === COMMA || code === OPEN_LIST || code === CLOSE_LIST || code === OPEN_MAP || code === CLOSE_MAP;
}

/** Text whose escapes mean the same in YAML and JSON, and nothing that JSON would refuse. */
const JSON_ESCAPES = /^(?:[^\\\u0000-\u001f]|\\["\\nrt])*$/;
const NULL = /^(?:null|Null|NULL|~|)$/;
const TRUE = /^(?:true|True|TRUE)$/;
const FALSE = /^(?:false|False|FALSE)$/;
const DECIMAL = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;
const ODD_NUMBER = /^[-+]?(?:\.inf|\.Inf|\.INF|\.nan|\.NaN|\.NAN|0[xo][\dA-Fa-f]+)$/;
