import { isAlias, isMap, isScalar, isSeq, Lexer, parseAllDocuments, type ParsedNode } from 'yaml';
import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { err, ok } from '../../foundation/failures/result.js';
import { problem, related, type DocumentCode, type Read } from './codes.js';
import type { Entry, ListNode, MapNode, Node, ScalarNode } from './node.js';
import type { Located, Source, Via } from './source.js';
import { DEEPEST, sentence, stretch, syntaxProblems, tooDeep } from './syntax.js';

/** Nodes that aliases may add, at least; a large file may have this many times its own. */
const ALIASED_NODES = 10_000;
const ALIASED_TIMES = 20;

/**
 * YAML 1.2 (core schema) with merge keys, to nodes. Aliases are followed, with a limit against bombs. Undefined for a text
 * without any value. `text` may blank out what is not to be read. All syntax errors, one for each line, are reported at once.
 */
export function parseYaml(source: Source, text = source.text): Read<Node | undefined> {
  const syntax = (code: DocumentCode, start: number, end: number, message: string, help?: string) =>
    problem(code, { source, start, end }, message, { help });
  let documents;
  try {
    documents = parseAllDocuments(text, {
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'error',
      // Tags have no meaning here, those neither that the package knows by itself (`!!omap`, `!!set`, `!!binary`).
      resolveKnownTags: false,
    });
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return err([tooDeep(source)]);
  }
  if ('empty' in documents) return ok(undefined);
  const [document, second] = documents;
  if (document === undefined) return ok(undefined);
  if (document.errors.length > 0) return err(syntaxProblems(source, document.errors));
  if (second !== undefined) {
    const [start] = second.range;
    return err([
      syntax(
        'document/several-documents',
        Math.max(source.text.lastIndexOf('---', start), 0),
        Math.max(source.text.lastIndexOf('---', start), 0) + 3,
        'a second document starts here; an experiment file holds one',
        'put it into a file of its own, or remove the `---`',
      ),
    ]);
  }
  if (document.contents === null || isEmpty(document.contents)) return ok(undefined);
  const converter = new Converter(source);
  const tags = document.warnings.map((warning) =>
    syntax('document/unknown-tag', ...stretch(source, warning.pos), sentence(warning), 'tags have no meaning here'),
  );
  const root = converter.convert(document.contents, 0, undefined);
  const wrong = [...tags, ...converter.wrong];
  return wrong.length > 0 ? err(wrong) : ok(root);
}

/**
 * A value that stands alone, such as one on the command line: the stretch of a source. There is no file around it that a comment,
 * an anchor or a directive could be for, so these are errors: what is written counts.
 */
export function parseValue(source: Source, start: number, end: number): Read<Node | undefined> {
  let at = start;
  let before = '';
  for (const token of new Lexer().lex(source.text.slice(start, end))) {
    const marker = token === SCALAR_FOLLOWS || token === DOCUMENT || token === FLOW_ERROR;
    const dropped = before === SCALAR_FOLLOWS || marker ? undefined : DROPPED.find(([form]) => form.test(token))?.[1];
    if (dropped !== undefined)
      return err([
        problem(
          'document/dropped',
          { source, start: at, end: at + token.length },
          `\`${token.slice(0, 40)}\` would be left out: ${dropped}`,
          {
            help: 'put the text in quotes, inside those of the shell',
          },
        ),
      ]);
    if (!marker) at += token.length;
    before = token;
  }
  const blank = source.text.slice(0, start).replace(/[^\n]/g, ' ');
  return parseYaml(source, blank + source.text.slice(start, end));
}

/** Tokens of the YAML package that stand for no text. */
const SCALAR_FOLLOWS = '\x1f';
const DOCUMENT = '\x02';
const FLOW_ERROR = '\x18';

/** What YAML reads and makes nothing of. */
const DROPPED: readonly (readonly [RegExp, string])[] = [
  [/^#/, '`#` after a blank begins a comment'],
  [/^&/, '`&` begins the name of an anchor'],
  [/^!/, '`!` begins a tag'],
  [/^%/, '`%` begins a directive'],
  [/^(---|\.\.\.)$/, 'it ends a document'],
];

/** No path, argument or variable of any system can hold one. */
const NUL = '\0';
const NUL_SAYS = 'text cannot hold a NUL character';

/** Half of a character is written as U+FFFD, and two texts would be one. */
const SURROGATE = /\p{Surrogate}/u;
const SURROGATE_SAYS = 'text cannot hold half of a surrogate pair (one of `\\ud800` to `\\udfff` alone)';

/** Walks the tree of the YAML package once, following aliases. */
class Converter {
  readonly wrong: Diagnostic<DocumentCode>[] = [];
  readonly #source: Source;
  readonly #anchors = new Map<string, ParsedNode>();
  readonly #open = new Set<ParsedNode>();
  #own = 0;
  #aliased = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  convert(node: ParsedNode | null, depth: number, via: Via | undefined, empty?: Located): Node {
    if (node === null || isEmpty(node))
      return { kind: 'scalar', value: null, ...(empty ?? this.#at(node?.range, via)) };
    const at = this.#at(rangeOf(node), via);
    if (via === undefined) this.#own += 1;
    else this.#aliased += 1;
    const nothing: ScalarNode = { kind: 'scalar', value: null, ...at };
    if (depth > DEEPEST) {
      if (!this.#said('document/too-deep')) this.wrong.push(tooDeep(this.#source, at));
      return nothing;
    }
    if (this.#aliased > Math.max(ALIASED_NODES, ALIASED_TIMES * this.#own)) {
      if (!this.#said('document/alias-bomb'))
        this.#report('document/alias-bomb', at, `aliases repeat more than ${this.#aliased - 1} values from here on`);
      return nothing;
    }
    if (isAlias(node)) return this.#alias(node.source, at, depth, via);
    if (node.anchor !== undefined && via === undefined) this.#anchors.set(node.anchor, node);
    this.#open.add(node);
    const converted = isMap(node)
      ? this.#map(node, at, depth, via)
      : isSeq(node)
        ? this.#list(node.items, at, depth, via)
        : this.#scalar(node.value, at);
    this.#open.delete(node);
    return converted;
  }

  #alias(name: string, at: Located, depth: number, via: Via | undefined): Node {
    const target = this.#anchors.get(name);
    if (target === undefined || this.#open.has(target)) {
      this.#report(
        'document/unknown-alias',
        at,
        target === undefined ? `no \`&${name}\` stands above this alias` : `\`*${name}\` is part of itself`,
      );
      return { kind: 'scalar', value: null, ...at };
    }
    return this.convert(target, depth + 1, { message: `used here through \`*${name}\``, at, next: via });
  }

  #list(items: readonly ParsedNode[], at: Located, depth: number, via: Via | undefined): ListNode {
    return { kind: 'list', items: items.map((item) => this.convert(item, depth + 1, via, at)), ...at };
  }

  #map(node: ParsedNode & { items: readonly unknown[] }, at: Located, depth: number, via: Via | undefined): MapNode {
    const entries = new Map<string, Entry>();
    const merged: MapNode[] = [];
    for (const pair of node.items as { key: ParsedNode; value: ParsedNode | null }[]) {
      const key = this.#at(pair.key.range, via);
      if (!isScalar(pair.key) || pair.key.value === null || typeof pair.key.value === 'object') {
        this.#report('document/bad-key', key, 'a key must be plain text');
        continue;
      }
      const { value: word } = pair.key;
      if (word === '<<' && pair.key.type === 'PLAIN') {
        merged.push(...this.#merged(pair.value, key, depth, via));
        continue;
      }
      // A key that looks like a number keeps its spelling.
      if (typeof word === 'string') this.#text(word, key);
      const name = typeof word === 'string' ? word : this.#source.text.slice(key.start, key.end);
      if (name === '__proto__') {
        this.#report('document/bad-key', key, '`__proto__` cannot be a key');
        continue;
      }
      const value = this.convert(pair.value, depth + 1, via, key);
      const first = entries.get(name);
      if (first === undefined) entries.set(name, { key, value });
      else
        this.wrong.push(
          problem('document/duplicate-key', key, `the key \`${name}\` is given twice`, {
            related: [related('it is given here already', first.key)],
          }),
        );
    }
    for (const map of merged) for (const [name, entry] of map.entries) if (!entries.has(name)) entries.set(name, entry);
    return { kind: 'map', entries, ...at };
  }

  /** The maps that `<<` names: explicit keys win over them, and an earlier one over a later one. */
  #merged(value: ParsedNode | null, key: Located, depth: number, via: Via | undefined): readonly MapNode[] {
    const node = this.convert(value, depth + 1, via, key);
    const maps = node.kind === 'list' ? node.items : [node];
    if (maps.every((map) => map.kind === 'map')) return maps;
    if (!this.#said('document/unknown-alias'))
      this.#report('document/bad-merge', key, '`<<` takes the alias of a map, or a list of aliases');
    return [];
  }

  #scalar(value: unknown, at: Located): ScalarNode {
    if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      const written = this.#source.text.slice(at.start, at.end);
      if (/^[-+]?\d+$/.test(written))
        this.#report('document/bad-number', at, `${written} has more digits than a number can hold`);
    }
    if (typeof value === 'number' && !Number.isFinite(value))
      this.#report('document/bad-number', at, `${this.#source.text.slice(at.start, at.end)} is not a finite number`);
    if (typeof value === 'string') this.#text(value, at);
    return { kind: 'scalar', value: value as ScalarNode['value'], ...at };
  }

  #text(text: string, at: Located): void {
    if (text.includes(NUL)) this.#report('document/bad-text', at, NUL_SAYS);
    if (SURROGATE.test(text)) this.#report('document/bad-text', at, SURROGATE_SAYS);
  }

  #at(range: readonly number[] | null | undefined, via: Via | undefined): Located {
    const start = range?.[0] ?? 0;
    const at = { source: this.#source, start, end: Math.max(range?.[1] ?? start, start) };
    return via === undefined ? at : { ...at, via };
  }

  #report(code: DocumentCode, at: Located, message: string): void {
    this.wrong.push(problem(code, at, message));
  }

  #said(code: DocumentCode): boolean {
    return this.wrong.some((diagnostic) => diagnostic.code === code);
  }
}

/** Where nothing is written: `key:`. */
function isEmpty(node: ParsedNode): boolean {
  return isScalar(node) && node.value === null && node.range[0] === node.range[1] && node.anchor === undefined;
}

/** A block map or list ends where its last value does, not after the blank lines and comments below. */
function rangeOf(node: ParsedNode): readonly number[] {
  const [start] = node.range;
  return [start, endOf(node)];
}

function endOf(node: ParsedNode): number {
  let last: ParsedNode = node;
  for (;;) {
    if (isMap(last) && last.flow !== true && last.items.length > 0) {
      const { key, value } = last.items.at(-1)! as { key: ParsedNode; value: ParsedNode | null };
      last = value === null || isEmpty(value) ? key : value;
    } else if (isSeq(last) && last.flow !== true && last.items.length > 0) last = last.items.at(-1)!;
    else return last.range[1];
  }
}
