import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import { checkExperiment } from '../../src/engine/reading/read-experiment.js';
import type { Files } from '../../src/engine/document/files.js';
import { renderDiagnostics } from '../../src/foundation/failures/code-frame.js';
import { stream, type Stream } from '../../src/foundation/numbers/random.js';
import { builtInKinds } from '../../src/plugins/registry.js';
import { parseIjbaComparisons, parseIjbaMetadata } from '../../src/plugins/recognition/datasets/formats/ijba.js';
import { parseNameList } from '../../src/plugins/recognition/datasets/formats/name-list.js';
import { parsePairList } from '../../src/plugins/recognition/datasets/formats/pairs.js';
import { plainFormat } from '../../src/plugins/recognition/datasets/images/plain-images.js';
import { parsePos } from '../../src/plugins/recognition/datasets/formats/pos.js';
import { registryOf, testKinds } from '../engine/graph/kinds.js';
import { Fenced } from './fuzzed-commands.js';
import { mutatedImage, readImage } from './fuzzed-images.js';

/** What a case must never do: throw, take longer than this, or refuse without saying where. */
export const LONGEST_MS = 5000;

export interface Fuzzed {
  readonly cases: number;
  /** Experiments in which nothing was wrong, and in which something was. */
  readonly accepted: number;
  readonly refused: number;
  readonly slowestMs: number;
}

/** A case that broke the rules, with what it takes to see it again. */
export class Broken extends Error {
  constructor(what: string, input: unknown, cause?: unknown) {
    super(`${what}\n${JSON.stringify(input, undefined, 2)}`, { cause });
    this.name = 'Broken';
  }
}

/** Runs cases `from` to `from + count` of a seed; each depends on the seed and its number alone. */
export async function fuzz(seed: number, from: number, count: number): Promise<Fuzzed> {
  const corpus = readCorpus();
  const fenced = new Fenced();
  let [accepted, refused, slowestMs] = [0, 0, 0];
  for (let number = from; number < from + count; number += 1) {
    const random = stream(seed, 'fuzz', number);
    const start = process.cpuUsage();
    if (number % 10 === 9) await readSomeImage(random, { seed, number });
    else if (number % 10 === 4) readSomeList(random, { seed, number });
    else if (number % 10 === 6) await runSomeCommand(fenced, corpus, random, { seed, number });
    else if (await checkOne(corpus, random, { seed, number })) accepted += 1;
    else refused += 1;
    // Of the processor: a busy machine is no fault.
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1000;
    if (took > LONGEST_MS) throw new Broken(`took ${took.toFixed(0)} ms`, { seed, number });
    slowestMs = Math.max(slowestMs, took);
  }
  fenced.remove();
  return { cases: count, accepted, refused, slowestMs };
}

const kinds = registryOf([...testKinds, ...builtInKinds]);
const ROOT = '/project';

/** Experiments, right ones and wrong ones, by path below {@link ROOT}. */
function readCorpus(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const folder of ['experiments', 'tests/engine/bad-input/cases'])
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort())
      if (name.endsWith('.yaml')) found.set(posix.join(ROOT, folder, name), readFileSync(join(folder, name), 'utf8'));
  return found;
}

async function checkOne(
  corpus: ReadonlyMap<string, string>,
  random: Stream,
  id: { readonly seed: number; readonly number: number },
): Promise<boolean> {
  const right = random.integer(2) === 0;
  const file = pick(
    random,
    [...corpus.keys()].filter((path) => path.startsWith(`${ROOT}/experiments/`) === right),
  );
  const texts = new Map(corpus);
  texts.set(file, mutate(corpus.get(file)!, random, 1 + Math.max(0, random.integer(6) - 2)));
  if (random.integer(6) === 0) {
    const other = pick(
      random,
      [...corpus.keys()].filter((path) => path.includes('shared')),
    );
    texts.set(other, mutate(corpus.get(other)!, random, 1));
  }
  if (random.integer(6) === 0)
    texts.set(posix.join(ROOT, 'fx.local.yaml'), mutate(SETTINGS, random, 1 + random.integer(3)));
  const set = Array.from({ length: Math.max(0, random.integer(5) - 2) }, () => setting(corpus.get(file)!, random));
  const environment =
    random.integer(8) === 0 ? { [`FX_SET_${pick(random, ['YAW', 'SIZE', 'X_Y', ''])}`]: pick(random, ODD) } : {};
  const profile = random.integer(8) === 0 ? pick(random, ['mini', 'small', 'paper', ...ODD]) : undefined;
  const input = { ...id, file, text: texts.get(file), set, environment, profile };
  let said;
  try {
    const { diagnostics, sources } = await checkExperiment({
      file,
      folder: dirname(file),
      project: ROOT,
      files: inMemory(texts),
      profile,
      set,
      environment,
      kinds,
    });
    said = { diagnostics, words: renderDiagnostics(diagnostics, sources) };
  } catch (thrown) {
    throw new Broken('it threw', input, thrown);
  }
  const { diagnostics, words } = said;
  for (const one of diagnostics) {
    // Only what no file is to blame for has no place.
    if (one.place === undefined && !PLACELESS.has(one.code)) throw new Broken(`${one.code} has no place`, input);
    if (one.place !== undefined && !(one.place.start.line >= 1 && one.place.start.column >= 1))
      throw new Broken(`${one.code} points nowhere`, input);
    if (one.message.trim() === '' || /\bundefined\b|\bNaN\b|\[object |function \(/.test(stripped(one.message, input)))
      throw new Broken(`it says: ${one.message}`, input);
  }
  if (diagnostics.length > 0 && words.trim() === '') throw new Broken('nothing is said', input);
  return diagnostics.every(({ severity, code }) => severity === 'warning' || code === 'graph/missing-input');
}

async function readSomeImage(random: Stream, id: Readonly<Record<string, number>>): Promise<void> {
  const bytes = mutatedImage(random);
  const input = { ...id, bytes: Buffer.from(bytes).toString('base64') };
  let wrong;
  try {
    wrong = await readImage(bytes);
  } catch (thrown) {
    throw new Broken('an image threw', input, thrown);
  }
  if (wrong !== undefined) throw new Broken(`an image: ${wrong}`, input);
}

async function runSomeCommand(
  fenced: Fenced,
  corpus: ReadonlyMap<string, string>,
  random: Stream,
  id: Readonly<Record<string, number>>,
): Promise<void> {
  const file = pick(random, [...corpus.keys()]);
  const text = mutate(corpus.get(file)!, random, 1 + random.integer(3));
  const settings = random.integer(4) === 0 ? mutate(SETTINGS, random, 1 + random.integer(3)) : undefined;
  const set = random.integer(3) === 0 ? ['--set', setting(corpus.get(file)!, random)] : [];
  const path = file.slice(ROOT.length + 1);
  const command = pick(random, ['check', 'check', 'plan', 'graph', 'why']);
  const wrong = await fenced.run(path, text, settings, [command, path, ...set]);
  if (wrong !== undefined) throw new Broken(`fx ${command}: ${wrong}`, { ...id, path, text, settings, set });
}

/** A message without what it quotes of the user's. */
function stripped(message: string, input: { readonly text: string | undefined }): string {
  return /undefined|NaN|object/.test(JSON.stringify(input)) ? '' : message;
}

const PLACELESS = new Set(['document/not-found', 'document/too-large']);
const SETTINGS = 'set:\n  yaw: [-20 deg, 20 deg]\n  size: 32\n  lfw-folder: data/lfw\n';

/** Words that mean something to YAML, to JavaScript, to a file system or to us. */
const ODD: readonly string[] = [
  '',
  ' ',
  '~',
  'null',
  'true',
  '[]',
  '{}',
  '[[',
  '}',
  ':',
  '- ',
  '? ',
  '# x',
  '&a',
  '*a',
  '!!str',
  '|',
  '>-',
  '%YAML 1.2',
  '---',
  '...',
  '<<',
  '<<: *a',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'length',
  '${',
  '${}',
  '$${',
  '${profile}',
  '${profile.x}',
  '${matrix.model}',
  '${a/b}',
  '${a[b=c]}',
  '${constructor}',
  '${toString.name}',
  '../../x',
  '/etc/passwd',
  '.',
  '..',
  '"\\0"',
  '"\\u001b[2J"',
  '"\\ud800"',
  '\u0000',
  '\u0007',
  '\u2028',
  '\ufeff',
  '\ud83d',
  '٣',
  '0',
  '-0',
  '1e999',
  '-1',
  '1e-400',
  '99999999999999999999',
  '0x1F',
  '.inf',
  '.nan',
  '35 deg',
  '5%',
  '10k',
  '1 GiB',
  'uniform(',
  'uniform(1, 0)',
  'mixture(1: x)',
  'normal(0, -1)',
  'grid(0, 1, 1e-12)',
  'grid(0, 1e9, 1)',
  'choice()',
  'replicate',
  'matrix',
  'profile',
  'command',
  'faces/generate',
  './x.ts#y',
  '#',
  'x#',
  '1000000',
  '[1, 2, 3]',
  '{ a: 1 }',
  '{ value: { value: 1 } }',
  'a'.repeat(5000),
  '['.repeat(100),
];

function setting(text: string, random: Stream): string {
  const names = [...text.matchAll(/^ {2}([A-Za-z][\w-]*):/gm)].map((match) => match[1]!);
  const name = random.integer(4) === 0 || names.length === 0 ? pick(random, ODD) : pick(random, names);
  return random.integer(20) === 0 ? name : `${name}=${pick(random, ODD)}`;
}

function mutate(text: string, random: Stream, times: number): string {
  let mutated = text;
  for (let i = 0; i < times; i += 1) mutated = mutateOnce(mutated, random);
  return mutated;
}

function mutateOnce(text: string, random: Stream): string {
  const lines = text.split('\n');
  const at = random.integer(lines.length);
  const line = lines[at]!;
  const cut = random.integer(text.length + 1);
  switch (random.integer(11)) {
    case 0:
      return lines.toSpliced(at, 1).join('\n');
    case 1:
      return lines.toSpliced(random.integer(lines.length), 0, line).join('\n');
    case 2:
      return lines.with(at, ' '.repeat(random.integer(9)) + line.trimStart()).join('\n');
    case 3:
      return text.slice(0, cut) + text.slice(cut + 1 + random.integer(3));
    case 4:
      return text.slice(0, cut) + pick(random, ODD) + text.slice(cut);
    case 5:
      return text.slice(0, cut);
    case 6: // Another value for a key.
      return lines.with(at, line.replace(/:(\s.*)?$/, `: ${pick(random, ODD)}`)).join('\n');
    case 7: // Another key.
      return lines.with(at, line.replace(/[\w-]+:/, `${pick(random, ODD)}:`)).join('\n');
    case 8: {
      const words = [...line.matchAll(/[\w.${}-]+/g)];
      if (words.length === 0) return text;
      const { 0: word, index } = words[random.integer(words.length)]!;
      const others = text.match(/[\w.${}-]+/g)!;
      const other = random.integer(2) === 0 ? pick(random, ODD) : pick(random, others);
      return lines.with(at, line.slice(0, index) + other + line.slice(index + word.length)).join('\n');
    }
    case 9: // A part of the file below another.
      return [...lines, ...lines.slice(at, at + 1 + random.integer(10))].join('\n');
    default: {
      const code = text.charCodeAt(cut);
      return Number.isNaN(code)
        ? text
        : text.slice(0, cut) + String.fromCharCode(code ^ (1 << random.integer(7))) + text.slice(cut + 1);
    }
  }
}

const LISTS: readonly string[] = [
  'Aaron_Eckhart\nAaron_Guiel,x\n"Zico, the"\t3\n',
  '2\t2\nA_B\t1\t2\nA_C\t1\tB_D\t2\nE_F\t3\t1\nG_H\t2\tI_J\t4\n',
  'TEMPLATE_ID,SUBJECT_ID,FILE,MEDIA_ID,SIGHTING_ID,FRAME,FACE_X,FACE_Y,FACE_WIDTH,FACE_HEIGHT\n1,2,img/3.jpg,4,5,,10,10,50,60\n',
  '1,2\n3,4\n',
  'LE 1.5 2.5\nRE 3 4\nMC 5 6 0\n',
];
const IMAGES: readonly string[] = [
  'P2\n# c\n2 2\n255\n0 1 2 3\n',
  'P5 2 2 255\n\0\x01\x02\x03',
  'P1\n2 2\n0110',
  'P6 1 1 65535\n\0\0\0\0\0\0',
  `BM${'\0'.repeat(60)}`,
];

/** Readers of lists and of images give a result, or say in words what is wrong with the file. */
function readSomeList(random: Stream, id: { readonly seed: number; readonly number: number }): void {
  const text = mutate(pick(random, LISTS), random, 1 + random.integer(4));
  const image = mutate(pick(random, IMAGES), random, 1 + random.integer(3));
  const readers: Readonly<Record<string, () => unknown>> = {
    names: () => parseNameList(text),
    pairs: () => parsePairList(text, 'pairs.txt'),
    metadata: () => parseIjbaMetadata(text, 'm.csv'),
    comparisons: () => parseIjbaComparisons(text, 'c.csv'),
    pos: () => parsePos(text, 'x.pos'),
    image: () => {
      try {
        const format = plainFormat(Buffer.from(image, 'latin1'));
        return format !== undefined && format.header.width * format.header.height < 1e6 && format.read();
      } catch (thrown) {
        // A damaged image is an Error in words, which the import says beside the file's name.
        if (thrown instanceof Error && thrown.constructor === Error && thrown.message !== '') return undefined;
        throw thrown;
      }
    },
  };
  for (const [name, read] of Object.entries(readers))
    try {
      read();
    } catch (thrown) {
      throw new Broken(`the reader of ${name} threw`, { ...id, text, image }, thrown);
    }
}

function inMemory(texts: ReadonlyMap<string, string>): Files {
  const folders = new Set([...texts.keys()].map((path) => dirname(path)));
  return {
    look(path) {
      const text = texts.get(path);
      if (text !== undefined) return { shape: 'file', bytes: Buffer.byteLength(text) };
      return folders.has(resolve(path)) ? { shape: 'folder', bytes: 0 } : undefined;
    },
    read: (path) => Buffer.from(texts.get(path)!),
  };
}

function pick<T>(random: Stream, from: readonly T[]): T {
  return from[random.integer(from.length)]!;
}
