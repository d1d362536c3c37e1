import type { JsonObject } from '../../foundation/values/json.js';
import type { Cache } from '../artifacts/cache.js';
import type { Made } from '../artifacts/store/history.js';
import type { StageNode } from '../graph/graph.js';
import { differences, distance, sayDifference } from './differences.js';
import { referencesReplaced } from './identify.js';
import { explainIdentity } from './identity/explain.js';
import type { CodeIdentity } from './identity/identity.js';
import type { PendingStage, StageToRun } from './plan.js';
import type { Preimage } from './preimage.js';

/** Why a stage is not known, compared with the nearest result that is. */
export interface Explanation {
  /** Undefined where nothing of this kind was ever made here. */
  readonly nearest: Nearest | undefined;
  /** In the words of the YAML, most telling first. Never empty. */
  readonly reasons: readonly string[];
}

export interface Nearest {
  /** The stage that made it: by another name than this one's where it is another's. */
  readonly stage: string;
  readonly key: string;
  /** ISO 8601. */
  readonly finished: string;
}

/** What was made before: asked of the cache, each thing once. */
export class EarlierResults {
  readonly #cache: Cache;
  readonly #code: (kind: string) => CodeIdentity | undefined;
  readonly #made = new Map<string, readonly Made[]>();
  readonly #preimages = new Map<string, Preimage | undefined>();

  /** @param code what the code of a kind is today */
  constructor(cache: Cache, code: (kind: string) => CodeIdentity | undefined) {
    this.#cache = cache;
    this.#code = code;
  }

  /** Results and parts of a kind, the newest first. */
  made(kind: string): readonly Made[] {
    const known = this.#made.get(kind);
    if (known !== undefined) return known;
    const found = this.#cache.history.of(kind);
    this.#made.set(kind, found);
    return found;
  }

  preimage(digest: string): Preimage | undefined {
    if (!this.#preimages.has(digest)) {
      const found = this.#cache.preimages.find(digest);
      this.#preimages.set(digest, found?.format === 'fx/preimage@1' ? (found as unknown as Preimage) : undefined);
    }
    return this.#preimages.get(digest);
  }

  codeBefore(digest: string): CodeIdentity | undefined {
    return this.#cache.codes.find(digest) as CodeIdentity | undefined;
  }

  codeNow(kind: string): CodeIdentity | undefined {
    return this.#code(kind);
  }
}

/** What of a stage's preimage is known: of one that waits for others, not the content of what it reads. */
interface Today {
  readonly node: StageNode;
  readonly key: string | undefined;
  readonly code: string;
  readonly parameters: JsonObject;
  readonly inputs: Readonly<Record<string, string>> | undefined;
  readonly environment: JsonObject | undefined;
}

export function explainStage(stage: StageToRun, earlier: EarlierResults): Explanation {
  const { key, preimage } = stage.identified;
  const { code, parameters, inputs, environment } = preimage;
  return explain({ node: stage.node, key, code, parameters, inputs, environment }, earlier);
}

/**
 * Of a stage that waits for others: what differs besides what it reads. No reasons where nothing does: then its result is
 * known if those others come out as before.
 */
export function explainPending(stage: PendingStage, code: string, earlier: EarlierResults): Explanation {
  const { node } = stage;
  const parameters = referencesReplaced(node);
  const today: Today = { node, key: undefined, code, parameters, inputs: undefined, environment: undefined };
  const { nearest, reasons } = explain(today, earlier);
  return { nearest, reasons: nearest === undefined ? [] : reasons };
}

function explain(today: Today, earlier: EarlierResults): Explanation {
  const found = nearestOf(today, earlier);
  if (found === undefined) {
    const parts = earlier.made(today.node.kind.name).some((made) => made.stage === today.node.id);
    return { nearest: undefined, reasons: [parts ? 'never finished before' : 'never made before'] };
  }
  const { made, preimage } = found;
  const nearest = { stage: made.stage, key: made.key, finished: made.finished };
  const reasons = reasonsOf(preimage, today, earlier);
  if (reasons.length === 0 && today.key !== undefined) reasons.push('its result is no longer in the cache');
  if (made.stage === today.node.id || reasons.length === 0) return { nearest, reasons };
  return { nearest, reasons: [`never made before; compared with ${made.stage}: ${reasons[0]!}`, ...reasons.slice(1)] };
}

interface Candidate {
  readonly made: Made;
  readonly preimage: Preimage;
}

/** Newest preimages that are compared, of each degree of kinship: enough to find what was changed and changed back. */
const COMPARED = 64;

/** Results under the stage's own id come first, then those under its name (another cell of a matrix), then any of the kind. */
function nearestOf(today: Today, earlier: EarlierResults): Candidate | undefined {
  const { id, name, kind } = today.node;
  const whole = earlier.made(kind.name).filter((made) => made.part === undefined);
  const kinship: readonly ((made: Made) => boolean)[] = [
    (made) => made.stage === id,
    (made) => made.stage === name || made.stage.startsWith(`${name}[`),
    () => true,
  ];
  for (const isKin of kinship) {
    const candidates = whole.filter(isKin).slice(0, COMPARED);
    let best: Candidate | undefined;
    let least = Infinity;
    for (const made of candidates) {
      const preimage = earlier.preimage(made.preimage);
      if (preimage === undefined) continue;
      const far = distanceTo(preimage, today);
      // Of equally near ones the newest.
      if (far < least) [best, least] = [{ made, preimage }, far];
    }
    if (best !== undefined) return best;
  }
  return undefined;
}

function distanceTo(preimage: Preimage, today: Today): number {
  return (
    distance(preimage.parameters, today.parameters) +
    (today.inputs === undefined ? 0 : distance(preimage.inputs, today.inputs)) +
    (today.environment === undefined ? 0 : distance(preimage.environment, today.environment)) +
    (preimage.code === today.code ? 0 : 1)
  );
}

function reasonsOf(before: Preimage, today: Today, earlier: EarlierResults): string[] {
  const { node } = today;
  const reasons = differences(node.kind.parameters.json, before.parameters, today.parameters)
    .map(({ path, before: was, after: is }) => ({
      path,
      before: was?.replaceAll(INPUT, 'an input'),
      after: is === INPUT ? referenceAt(path, node) : is?.replaceAll(INPUT, 'an input'),
    }))
    .map(sayDifference);
  if (today.inputs !== undefined) reasons.push(...inputReasons(before.inputs, today.inputs, node));
  if (before.code !== today.code) reasons.push(...codeReasons(before, node.kind.name, earlier));
  if (today.inputs !== undefined)
    reasons.push(...environmentReasons(before.environment ?? {}, today.environment ?? {}));
  return reasons;
}

/** What stands in a preimage's parameters in place of what is read. */
const INPUT = '@input';

function inputReasons(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  node: StageNode,
): readonly string[] {
  return Object.keys(after)
    .filter((pointer) => before[pointer] !== undefined && before[pointer] !== after[pointer])
    .map((pointer) => `input ${pathOf(pointer)} changed: ${readAt(pointer, node)}`);
}

function readAt(pointer: string, node: StageNode): string {
  const input = node.inputs.find((each) => each.pointer === pointer);
  if (input !== undefined) {
    const what = input.file === undefined ? input.stage : `${input.file} of ${input.stage}`;
    return `${what} has other content`;
  }
  const written = node.writtenAs(pointer);
  const external = node.externals.find((each) => each.pointer === pointer);
  return `${written ?? external?.path ?? 'a file'} has other content`;
}

/** `${stage}`, or the external path, that stands at a path of the parameters. */
function referenceAt(path: string, node: StageNode): string {
  const input = node.inputs.find(({ pointer }) => pathOf(pointer) === path);
  if (input !== undefined) return `\${${input.file === undefined ? input.stage : `${input.stage}/${input.file}`}}`;
  const external = node.externals.find(({ pointer }) => pathOf(pointer) === path);
  return external === undefined ? 'an input' : (node.writtenAs(external.pointer) ?? external.path);
}

function codeReasons(before: Preimage, kind: string, earlier: EarlierResults): readonly string[] {
  const [was, is] = [earlier.codeBefore(before.code), earlier.codeNow(kind)];
  if (was === undefined || is === undefined) return [`code of ${kind} changed`];
  const words = explainIdentity(was, is);
  const shown = words.slice(0, MOST_DECLARATIONS).map((word) => word.replace(/ changed$/, ''));
  const more = words.length > shown.length ? `, and ${words.length - shown.length} more` : '';
  return [`code of ${kind} changed: ${shown.join(', ')}${more}`];
}

const MOST_DECLARATIONS = 4;

/** Declared variables and versions, each by its own name. */
function environmentReasons(before: JsonObject, after: JsonObject): readonly string[] {
  return differences({}, before, after).map(({ path, before: was, after: is }) => {
    const [group, ...name] = path.split('.');
    const what = { versions: 'tool version', variables: 'variable' }[group!];
    const named = what === undefined ? path : `${what} ${name.join('.')}`;
    return `${named} ${was ?? 'not set'} -> ${is ?? 'not set'}`;
  });
}

function pathOf(pointer: string): string {
  return pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
}
