import { isAbsolute, join } from 'node:path';
import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { byCodeUnit } from '../../foundation/values/json.js';
import { Problems } from '../../foundation/failures/reporter.js';
import { ok } from '../../foundation/failures/result.js';
import { problem, type DocumentCode, type Read } from './codes.js';
import { child, type MapNode, type Node, type ScalarNode } from './node.js';
import { readPlainValue } from './plain.js';
import type { Files } from './files.js';
import { readRoot, readSource } from './read.js';
import { SETTING_VARIABLE, SETTINGS_FILE, type Setting, type Settings } from './settings.js';
import type { Source } from './source.js';

export interface SettingsRequest {
  /** `name=value`: text for a parameter that is text, else YAML. */
  readonly set: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly project: string;
  /** Absolute: paths given on the command line and in the environment are relative to it. */
  readonly folder: string;
  /** The project's folder as a user would write it: '' for the current one. */
  readonly shown: string;
}

export async function readSettings(request: SettingsRequest, files: Files): Promise<Settings> {
  const values = new Map<string, Setting>();
  const wrong = new Problems<DocumentCode>();
  const sources: Source[] = [];

  const path = join(request.project, SETTINGS_FILE);
  if (files.look(path) !== undefined) {
    const read = readSource(files, path, join(request.shown, SETTINGS_FILE), request.project);
    if (!read.ok) wrong.add(...read.error);
    else {
      const source = { ...read.value, trusted: true };
      sources.push(source);
      const root = await readRoot(source);
      if (!root.ok) wrong.add(...root.error);
      if (root.ok && root.value !== undefined) wrong.add(...sectionProblems(root.value));
      const set = root.ok ? child(root.value, 'set') : undefined;
      if (set?.kind === 'map')
        for (const [name, { key, value }] of set.entries)
          values.set(name, { name, key, value: ok(value), meant: false });
    }
  }

  const variables = Object.entries(request.environment)
    .filter((pair): pair is [string, string] => pair[0].startsWith(SETTING_VARIABLE) && pair[1] !== undefined)
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([name, value]) => `${name}=${value}`);
  const fromEnvironment = await readAssignments('environment', '', variables, request.folder);
  for (const setting of fromEnvironment.settings) {
    const name = setting.name.slice(SETTING_VARIABLE.length).toLowerCase().replaceAll('_', '-');
    values.set(name, { ...setting, name, meant: false });
  }
  const fromCommandLine = await readAssignments('command line', '--set ', request.set, request.folder);
  for (const setting of fromCommandLine.settings) values.set(setting.name, setting);
  for (const { source, problems } of [fromEnvironment, fromCommandLine]) {
    if (source.text !== '') sources.push(source);
    wrong.add(...problems);
  }
  return { values, wrong: wrong.all, sources };
}

/** What stands in a settings file, and as what. */
const SECTIONS: ReadonlyMap<string, readonly Node['kind'][]> = new Map([
  ['set', ['map']],
  ['remote', ['scalar', 'map']],
  ['slurm', ['map']],
]);

/** What of a settings file nothing would read: a setting that is passed over in silence is taken to hold. */
function sectionProblems({ entries }: MapNode): readonly Diagnostic<DocumentCode>[] {
  return [...entries].flatMap(([name, { key, value }]) => {
    const kinds = SECTIONS.get(name);
    const known = [...SECTIONS.keys()].map((each) => `\`${each}\``).join(', ');
    if (kinds === undefined)
      return [
        problem('document/bad-setting', key, `there is no setting \`${name}\``, { help: `known here: ${known}` }),
      ];
    const isEmpty = value.kind === 'scalar' && value.value === null;
    if (isEmpty || kinds.includes(value.kind)) return [];
    const help = name === 'set' ? 'write `set: { name: value }`' : `${name} takes further keys`;
    return [problem('document/bad-setting', value, `\`${name}\` must be a map`, { help })];
  });
}

/** What Node makes of bytes of an argument or a variable that are no UTF-8, and two values would be one. */
const NO_TEXT = /\ufffd|\p{Surrogate}/u;

interface Assignments {
  readonly source: Source;
  readonly settings: readonly Setting[];
  readonly problems: readonly Diagnostic<DocumentCode>[];
}

/** Of `name=value`, one after another; a value may go over several lines. */
async function readAssignments(
  name: string,
  prefix: string,
  given: readonly string[],
  folder: string,
): Promise<Assignments> {
  const text = given.map((one) => `${prefix}${one}`).join('\n');
  const source: Source = { name, path: undefined, text, folder, trusted: true };
  const settings: Setting[] = [];
  const problems: Diagnostic<DocumentCode>[] = [];
  let end = -1;
  for (const one of given) {
    const start = end + 1 + prefix.length;
    end = start + one.length;
    const equals = one.indexOf('=');
    const key = { source, start, end: start + Math.max(equals, 1) };
    if (equals <= 0) {
      problems.push(
        problem('document/bad-setting', { ...key, end }, `\`${one}\` gives no value`, {
          help: 'write --set name=value, for example --set seed=7',
        }),
      );
      continue;
    }
    if (NO_TEXT.test(one)) {
      const message = `\`${one}\` is not UTF-8 text, or holds the character U+FFFD`;
      problems.push(problem('document/not-utf8', { ...key, end }, message, { help: 'write it in UTF-8' }));
      continue;
    }
    const from = start + equals + 1;
    const verbatim: ScalarNode = { kind: 'scalar', value: text.slice(from, end), source, start: from, end };
    const value = await readValue(verbatim);
    settings.push({ name: one.slice(0, equals).trim(), key, value, text: verbatim, meant: true });
  }
  return { source, settings, problems };
}

/** A text as YAML. */
async function readValue(text: ScalarNode): Promise<Read<Node>> {
  const { source, start, end } = text;
  // A path is taken as it is: `#` and `: ` in it mean nothing.
  if (isAbsolute(text.value as string)) return ok(text);
  const plain = readPlainValue(source, start, end);
  if (plain !== undefined) return ok(plain);
  const { parseValue } = await import('./parse.js');
  const parsed = parseValue(source, start, end);
  return parsed.ok ? ok(parsed.value ?? { ...text, value: null }) : parsed;
}
