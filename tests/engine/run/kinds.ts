import {
  appendFileSync,
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyStageKind, Artifact, StageContext } from '../../../src/engine/stage.js';
import { failure } from '../../../src/foundation/failures/diagnostic.js';
import { fail, ok } from '../../../src/foundation/failures/result.js';

/**
 * Scripted stage kinds. Each execution leaves a line in the file that FX_TEST_LEDGER names, so that "did not run" is
 * observed and not inferred.
 */
interface Script {
  readonly text: string;
  readonly inputs?: readonly Artifact[];
  /** What it does besides writing: `fail`, `crash`, `hang`, `hog` (memory), `fail-once:<path>`, `sleep:<ms>`. */
  readonly act?: string;
}

interface Divided extends Script {
  readonly count: number;
}

const schema = { json: {} } as AnyStageKind['parameters'];

async function perform(label: string, { parameters: script, log, signal }: StageContext<Script>) {
  appendFileSync(process.env.FX_TEST_LEDGER!, `${label}\n`);
  const [act, argument] = (script.act ?? '').split(':');
  if (act === 'sleep') {
    const spans = `${process.env.FX_TEST_LEDGER!}.spans`;
    appendFileSync(spans, '+');
    await sleep(Number(argument), undefined, { signal }).catch(() => undefined);
    appendFileSync(spans, '-');
  }
  if (act === 'fail') return fail(failure('test/failed', 'as the script says'));
  if (act === 'crash') process.kill(process.pid, 'SIGSEGV');
  if (act === 'hang') await sleep(60_000, undefined, { signal }).catch(() => undefined);
  if (act === 'log') log('a line');
  if (act === 'overwrite') writeFileSync(argument!, 'overwritten');
  if (act === 'deface') {
    const path = script.inputs![0]!.locate('out.txt');
    chmodSync(path, 0o644);
    writeFileSync(path, 'b');
  }
  if (act === 'hog') {
    const held: Buffer[] = [];
    for (let i = 0; i < 40; i += 1) {
      held.push(Buffer.alloc(32 << 20, i));
      await sleep(20);
    }
    log(String(held.length));
  }
  if (act === 'fail-once' && !existsSync(argument!)) {
    writeFileSync(argument!, '');
    return fail(failure('test/failed', 'the first time'));
  }
  return ok({});
}

function read(artifact: Artifact): string {
  return Array.from(artifact.files, ({ path }) => `${path}=${readFileSync(artifact.locate(path), 'utf8')}`).join(';');
}

export const write: AnyStageKind = {
  name: 'test/write',
  says: 'Writes its text and what it reads.',
  parameters: schema,
  produces: 'files',
  run: async (context: StageContext<Script>) => {
    const { text, inputs = [] } = context.parameters;
    const done = await perform(text, context);
    if (!done.ok) return done;
    writeFileSync(join(context.workspace, 'out.txt'), [text, ...inputs.map(read)].join('|'));
    return ok({ metrics: { length: text.length } });
  },
};

/** Gives the same bytes whatever its text: what early cut-off is about. */
export const constant: AnyStageKind = {
  ...write,
  name: 'test/constant',
  run: async (context: StageContext<Script>) => {
    await perform(context.parameters.text, context);
    writeFileSync(join(context.workspace, 'out.txt'), 'always');
    return ok({});
  },
};

export const shards: AnyStageKind = {
  name: 'test/shards',
  says: 'Independent pieces.',
  parameters: schema,
  produces: 'files',
  division: {
    shape: 'shards',
    parts: ({ count, text }: Divided) =>
      Array.from({ length: count }, (_, i) => ({ id: `piece-${i}`, parameters: { text, i } })),
    run: async (context) => {
      const done = await perform(context.part.id, context as StageContext<Script>);
      if (!done.ok) return done;
      const { text, i } = context.part.parameters as unknown as { text: string; i: number };
      writeFileSync(join(context.workspace, `${i}.txt`), `${text} ${i}`.repeat(1000));
      return ok({ metrics: { i } });
    },
    gather: (context) => {
      appendFileSync(process.env.FX_TEST_LEDGER!, 'gather\n');
      writeFileSync(join(context.workspace, 'index.txt'), context.parts.map((part) => part.id).join(','));
      return Promise.resolve(ok({ metrics: { pieces: context.parts.length } }));
    },
  },
};

export const chain: AnyStageKind = {
  name: 'test/chain',
  says: 'Links, each from the one before.',
  parameters: schema,
  produces: 'files',
  division: {
    shape: 'chain',
    parts: ({ count, text }: Divided) =>
      Array.from({ length: count }, (_, i) => ({ id: `link-${i}`, parameters: { text, i } })),
    run: async (context) => {
      const done = await perform(context.part.id, context as StageContext<Script>);
      if (!done.ok) return done;
      const before = context.previous === undefined ? '' : readFileSync(context.previous.locate('state.txt'), 'utf8');
      writeFileSync(join(context.workspace, 'state.txt'), `${before}${context.part.id};`);
      return ok({ metrics: { length: before.length }, facts: { child: process.pid } });
    },
    gather: (context) => {
      appendFileSync(process.env.FX_TEST_LEDGER!, 'gather\n');
      const last = context.parts.at(-1)!;
      writeFileSync(join(context.workspace, 'model.txt'), readFileSync(last.artifact!.locate('state.txt')));
      return Promise.resolve(ok({ metrics: { links: context.parts.length } }));
    },
  },
};

function linesOf(path: string): number {
  return readFileSync(path, 'utf8').split('\n').length - 1;
}

interface Gleaning {
  readonly inputs?: readonly Artifact[];
  readonly folder?: Artifact;
  readonly parts: readonly (readonly string[])[];
}

/** Each piece reads some files of its one input, and says which it could have read. */
export const gleaners: AnyStageKind = {
  name: 'test/gleaners',
  says: 'Pieces that read some files each.',
  parameters: schema,
  produces: 'files',
  division: {
    shape: 'shards',
    *parts({ parts, folder }: Gleaning) {
      for (const [i, paths] of parts.entries()) {
        appendFileSync(`${process.env.FX_TEST_LEDGER!}.planned`, `${i}\n`);
        const reads = folder === undefined ? { 'inputs/0': paths, 'inputs/1': [] } : { folder: paths };
        yield { id: `piece-${i}`, parameters: { i }, reads };
      }
    },
    run: async (context) => {
      appendFileSync(process.env.FX_TEST_LEDGER!, `${context.part.id}\n`);
      const { inputs, folder } = context.parameters as Gleaning;
      writeFileSync(join(context.workspace, `${context.part.id}.txt`), read(folder ?? inputs![0]!));
      const planned = linesOf(`${process.env.FX_TEST_LEDGER!}.planned`);
      const begun = linesOf(process.env.FX_TEST_LEDGER!);
      return Promise.resolve(ok({ facts: { ahead: planned - begun } }));
    },
    gather: (context) => {
      const { inputs, folder } = context.parameters as Gleaning;
      const { files, locate } = folder ?? inputs![0]!;
      const all = Array.from(files, ({ path }) => `${path}=${readFileSync(locate(path), 'utf8').length}`);
      writeFileSync(join(context.workspace, 'all.txt'), all.join(';'));
      return Promise.resolve(ok({ metrics: { files: files.count }, facts: { ahead: context.parts[0]!.facts.ahead! } }));
    },
  },
};

/** Files of `folder`, as `name=text`, and what a test wants to happen to them meanwhile: once, or at each try. */
interface Meddling {
  readonly folder: Artifact;
  readonly acts: readonly (readonly string[])[];
  readonly files?: readonly string[];
}

function meddle({ folder, acts }: Meddling): void {
  const done = join(dirname(process.env.FX_TEST_LEDGER!), 'meddled');
  if (existsSync(done) && acts[0]?.[0] !== 'always') return;
  writeFileSync(done, '');
  const { root } = folder.outside!;
  for (const [act, name = '', argument = ''] of acts) {
    const path = join(root, name);
    const { atime, mtime } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (act === 'write' || act === 'disguise') writeFileSync(path, argument);
    if (act === 'disguise') utimesSync(path, atime!, mtime!);
    if (act === 'read') readFileSync(path);
    if (act === 'remove') rmSync(path);
    if (act === 'rename') renameSync(path, join(root, argument));
    if (act === 'turn') {
      rmSync(name);
      symlinkSync(argument, name);
    }
  }
}

export const meddling: AnyStageKind = {
  name: 'test/meddling',
  says: 'Reads a folder, to which someone writes.',
  parameters: schema,
  produces: 'files',
  run: (context) => {
    const parameters = context.parameters as Meddling;
    appendFileSync(process.env.FX_TEST_LEDGER!, 'meddling\n');
    meddle(parameters);
    const { root } = parameters.folder.outside!;
    const texts = readdirSync(root).map((name) => `${name}=${readFileSync(join(root, name), 'utf8')}`);
    writeFileSync(join(context.workspace, 'out.txt'), texts.sort().join(';'));
    return Promise.resolve(ok({}));
  },
};

/** A part for each file; the part of `b` meddles. */
export const meddlers: AnyStageKind = {
  name: 'test/meddlers',
  says: 'Parts that read a file each, to which someone writes.',
  parameters: schema,
  produces: 'files',
  division: {
    shape: 'shards',
    parts: ({ files }: Meddling) =>
      files!.map((file) => ({ id: `part-${file}`, parameters: { file }, reads: { folder: [file] } })),
    run: (context) => {
      const { file } = context.part.parameters as { file: string };
      const parameters = context.parameters as Meddling;
      appendFileSync(process.env.FX_TEST_LEDGER!, `part ${file}\n`);
      if (file === 'b') meddle(parameters);
      writeFileSync(join(context.workspace, file), readFileSync(parameters.folder.locate(file)));
      return Promise.resolve(ok({}));
    },
    gather: (context) => {
      const texts = context.parts.map(({ id, artifact }) =>
        readFileSync(artifact!.locate(id.slice('part-'.length)), 'utf8'),
      );
      writeFileSync(join(context.workspace, 'out.txt'), texts.join(';'));
      return Promise.resolve(ok({}));
    },
  },
};

/** Its environment is what a file says; its work writes that file. */
export const knowing: AnyStageKind = {
  name: 'test/knowing',
  says: 'Declares what a file says.',
  parameters: schema,
  produces: 'files',
  environment: ({ tool }: { tool: string }) => Promise.resolve({ tool: readFileSync(tool, 'utf8') }),
  run: (context) => {
    const { tool, becomes } = context.parameters as { tool: string; becomes: string };
    writeFileSync(tool, becomes);
    return Promise.resolve(ok({}));
  },
};

/** Writes as many files as it is told. */
export const many: AnyStageKind = {
  name: 'test/many',
  says: 'Many files.',
  parameters: schema,
  produces: 'files',
  run: (context) => {
    const { count } = context.parameters as { count: number };
    for (let i = 0; i < count; i += 1) writeFileSync(join(context.workspace, `${i}.txt`), String(i));
    return Promise.resolve(ok({}));
  },
};

/** Works on machines that have something: all but the one that `lacks` names, `login` where the process `login` is, else `node`. */
interface Needy {
  readonly login: number;
  readonly lacks: 'login' | 'node';
}

export const needy: AnyStageKind = {
  ...shards,
  name: 'test/needy',
  says: 'Pieces that need something of the machine.',
  check: ({ lacks }: { readonly lacks: string }) =>
    Promise.resolve(['login', 'node'].includes(lacks) ? [] : [{ ...failure('test/word', 'no'), pointer: '/lacks' }]),
  checkMachine: ({ login, lacks }: Needy) => {
    const isHere = lacks === (process.pid === login ? 'login' : 'node');
    appendFileSync(`${process.env.FX_TEST_LEDGER!}.asked`, `${process.pid === login ? 'login' : 'node'}\n`);
    return Promise.resolve(isHere ? [{ ...failure('test/lacking', 'it lacks a display'), pointer: '/lacks' }] : []);
  },
};

export const testKinds: readonly AnyStageKind[] = [
  write,
  constant,
  shards,
  chain,
  gleaners,
  many,
  meddling,
  meddlers,
  knowing,
  needy,
];
