import { isAbsolute, join } from 'node:path';
import type { Diagnostic } from '../../foundation/diagnostic.js';
import { byCodeUnit } from '../../foundation/json.js';
import { Problems, type Reporter } from '../../foundation/reporter.js';
import { problem, type DocumentCode } from '../document/codes.js';
import { child, type Node } from '../document/node.js';
import { readPlainValue } from '../document/plain.js';
import { readRoot, readSource, type Files } from '../document/read.js';
import type { Located, Source } from '../document/source.js';
import type { ExperimentCode } from './codes.js';

/**
 * Values given from outside of the experiment, by name. A later one of these wins over an earlier: the settings file
 * beside the project, the environment, the command line.
 */
export interface Settings {
  readonly values: ReadonlyMap<string, Setting>;
  readonly wrong: readonly Diagnostic<ExperimentCode | DocumentCode>[];
  readonly sources: readonly Source[];
}

export interface Setting {
  readonly name: string;
  readonly key: Located;
  readonly value: Node;
  /** Whether the user named this experiment with it: then an unknown name is an error. */
  readonly meant: boolean;
}

export const SETTINGS_FILE = 'fx.local.yaml';
/** `FX_SET_BFM=/data/bfm.h5` sets the parameter `bfm`; `FX_SET_REAL_DATA`, `real-data`. */
export const SETTING_VARIABLE = 'FX_SET_';

export interface SettingsRequest {
  /** `name=value`, value in YAML. */
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
  const wrong = new Problems<ExperimentCode | DocumentCode>();
  const sources: Source[] = [];

  const path = join(request.project, SETTINGS_FILE);
  if (files.look(path)?.shape === 'file') {
    const read = readSource(files, path, join(request.shown, SETTINGS_FILE), request.project);
    if (!read.ok) wrong.add(...read.error);
    else {
      const source = { ...read.value, trusted: true };
      sources.push(source);
      const root = await readRoot(source);
      if (!root.ok) wrong.add(...root.error);
      const set = root.ok ? child(root.value, 'set') : undefined;
      if (set?.kind === 'map')
        for (const [name, { key, value }] of set.entries) values.set(name, { name, key, value, meant: false });
    }
  }

  const variables = Object.entries(request.environment)
    .filter((pair): pair is [string, string] => pair[0].startsWith(SETTING_VARIABLE) && pair[1] !== undefined)
    .sort(([a], [b]) => byCodeUnit(a, b));
  const lines = (name: string, given: readonly string[]): Source => ({
    name,
    path: undefined,
    text: given.join('\n'),
    folder: request.folder,
    trusted: true,
  });
  if (variables.length > 0) {
    const source = lines(
      'environment',
      variables.map(([name, value]) => `${name}=${value}`),
    );
    sources.push(source);
    for (const setting of await readAssignments(source, SETTING_VARIABLE, false, wrong))
      values.set(setting.name.toLowerCase().replaceAll('_', '-'), {
        ...setting,
        name: setting.name.toLowerCase().replaceAll('_', '-'),
      });
  }
  if (request.set.length > 0) {
    const source = lines(
      'command line',
      request.set.map((given) => `--set ${given}`),
    );
    sources.push(source);
    for (const setting of await readAssignments(source, '--set ', true, wrong)) values.set(setting.name, setting);
  }
  return { values, wrong: wrong.all, sources };
}

/** `prefix name=value`, one after another; a value may go over several lines. */
async function readAssignments(
  source: Source,
  prefix: string,
  meant: boolean,
  wrong: Reporter<ExperimentCode | DocumentCode>,
): Promise<Setting[]> {
  const settings: Setting[] = [];
  const starts: number[] = [];
  for (let at = 0; at >= 0; at = source.text.indexOf(`\n${prefix}`, at)) starts.push(at === 0 ? (at = 0) : (at += 1));
  for (const [index, start] of starts.entries()) {
    const end = (starts[index + 1] ?? source.text.length + 1) - 1;
    const given = source.text.slice(start + prefix.length, end);
    const equals = given.indexOf('=');
    const key = { source, start: start + prefix.length, end: start + prefix.length + Math.max(equals, 1) };
    if (equals <= 0) {
      wrong.add(
        problem('experiment/bad-setting', { ...key, end }, `\`${given}\` gives no value`, {
          help: 'write --set name=value, for example --set seed=7',
        }),
      );
      continue;
    }
    const from = key.end + 1;
    const value: Node = { kind: 'scalar', value: source.text.slice(from, end), source, start: from, end };
    const name = given.slice(0, equals).trim();
    // A path is taken as it is: `#` and `: ` in it mean nothing.
    if (isAbsolute(value.value as string)) settings.push({ name, key, value, meant });
    else {
      const plain = readPlainValue(source, from, end);
      if (plain !== undefined) {
        settings.push({ name, key, value: plain, meant });
        continue;
      }
      const { parseYaml } = await import('../document/parse.js');
      const blank = source.text.slice(0, from).replace(/[^\n]/g, ' ');
      const parsed = parseYaml(source, blank + source.text.slice(from, end));
      if (!parsed.ok) wrong.add(...parsed.error);
      else settings.push({ name, key, value: parsed.value ?? { ...value, value: null }, meant });
    }
  }
  return settings;
}
