import { isUtf8 } from 'node:buffer';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { artifact, external, type Artifact, type ParameterProblem, type StageKind } from '../../engine/stage.js';
import { identityOfFile } from '../../foundation/files/digest.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { err, ok, type Result } from '../../foundation/failures/result.js';
import { sayBytes } from '../../foundation/files/files.js';
import { limit, raise } from '../../foundation/files/limits.js';
import { FILE_NAME, VARIABLE } from '../../foundation/schema/names.js';
import { kindOfFile, readPlain } from '../../foundation/files/opening.js';
import {
  argument,
  count,
  flag,
  list,
  map,
  object,
  optional,
  text,
  type Value,
} from '../../foundation/schema/schema.js';
import { plainPath } from '../../foundation/files/paths.js';
import { present } from '../../foundation/values/present.js';
import type { CommandInput } from './inputs.js';
import { placeholdersIn } from './placeholders.js';

/** A tag may come to mean another image; a digest cannot. */
const IMAGE = '^[A-Za-z0-9][A-Za-z0-9._/:-]*@sha256:[0-9a-f]{64}$';

const parameters = object(
  {
    run: list(
      argument({
        says: 'The program, then its arguments. `{name}` is the path of an input, `{seed}` the seed; `{{` and `}}` are braces, also in the value of a parameter.',
      }),
      {
        says: 'What to run, as a list of words: no shell is involved.',
        minItems: 1,
        examples: [['python3', '{script}', '--data', '{images}']],
      },
    ),
    shell: flag({ says: 'join the words and pass them to `sh -c`', default: false }),
    inputs: map(artifact([], { says: 'A stage, or `${stage/file}` for one file of it.' }), {
      says: 'Stages whose files the command reads, by the name used in `run`.',
      names: FILE_NAME,
      of: 'an input',
      default: {},
    }),
    sources: map(external('file', { says: 'A path relative to this file.' }), {
      says: 'Files of the project that the command reads (its script), by the name used in `run`.',
      names: FILE_NAME,
      of: 'an input',
      default: {},
    }),
    outputs: list(text({ says: 'A file or folder, relative to the working directory.' }), {
      says: 'The files and folders that the command must write: they are the result.',
      minItems: 1,
    }),
    inherit: list(text({ says: 'A variable name.' }), {
      says: 'Environment variables to pass on; their values are part of the key.',
      default: [],
    }),
    variables: map(argument({ says: 'A value.' }), {
      says: 'Environment variables to set.',
      names: VARIABLE,
      of: 'an environment variable',
      default: {},
    }),
    versions: list(list(argument({ says: 'A word.' }), { says: 'A command that prints a version.', minItems: 1 }), {
      says: 'Commands whose first line of output is part of the key: the versions of the tools used.',
      default: [],
      examples: [[['python3', '--version']]],
    }),
    metrics: optional(
      text({
        says: 'The output whose numbers are the stage’s metrics: a JSON object, or lines `name,number` in a .csv. Default: metrics.json, if it is an output.',
      }),
    ),
    outcomes: optional(
      text({
        says: 'The output that holds what came out for each item of a test, a CSV file with a head: `item`, then numbers by name (each gives a metric, its mean), or `truth,prediction` (gives `accuracy`), or `label,score` (gives `auc`); `subject` says which items are of one unit. From it come intervals, and comparisons item by item.',
        examples: ['items.csv'],
      }),
    ),
    subjects: optional(
      text({
        says: 'The set in which the subjects of `outcomes` (the items, where there is no column `subject`) have their names, in a word of your own. Two stages with the same word here mean the same subject by the same name, and a claim’s mean over both counts it once. Without it that holds of names in full alone (`Ada Lovelace`, not `017`).',
        examples: ['patients-2024'],
      }),
    ),
    series: optional(
      text({
        says: 'The output with values measured along the way, a CSV file with a header: the step, then a column for each curve. Drawn by figures of type `learning-curves`.',
        examples: ['curve.csv'],
      }),
    ),
    environments: list(external('file', { says: 'A path relative to this file.' }), {
      says: 'Files that say which packages the program runs with: `uv.lock`, `requirements.txt`, `environment.yml`, `renv.lock`. Their content is part of the key.',
      default: [],
    }),
    image: optional(
      text({
        says: 'A container image by its digest, `name@sha256:...`, written `{image}` in `run`. Part of the key.',
        pattern: IMAGE,
      }),
    ),
    seed: count({
      says: 'Passed to the program as `{seed}` in `run`, so that a stage can have `replicates`.',
      default: 0,
    }),
    stdin: optional(text({ says: 'Text for standard input.' })),
  },
  { says: 'Runs any program.' },
);

export type CommandParameters = Value<typeof parameters>;
type Parameters = CommandParameters;

/** Any program, with declared inputs, outputs, environment and versions. */
export const command: StageKind<Parameters> = {
  name: 'command',
  says: 'Runs a program on the files of other stages, in a new directory and a clean environment.',
  parameters,
  produces: 'files',
  outputs: ({ outputs }) => Object.fromEntries(outputs.map((name) => [plainPath(name), 'Declared by the experiment.'])),
  metrics: ({ outputs, metrics, outcomes }) =>
    metricsFile(outputs, metrics) === undefined && outcomes === undefined ? {} : undefined,
  shows: {
    series: async ({ locate }, { series }) => {
      const path = typeof series === 'string' ? locate(series) : undefined;
      if (path === undefined) return undefined;
      const { readSeries } = await import('./series.js');
      const read = readSeries(readFileSync(path, 'utf8'), series as string);
      return read.ok ? read.value : undefined;
    },
  },
  reproducible: false,
  runsPrograms: true,
  takesSeed: ({ run }) => mentions(run, 'seed'),
  environment: async ({ inherit, variables, versions, sources }) => {
    const { declaredEnvironment } = await import('./environment.js');
    const { toolVersions } = await import('./versions.js');
    const endings = Object.entries(sources).map(([name, source]) => [name, endingOf(source)] as const);
    return {
      variables: declaredEnvironment(inherit, variables),
      versions: await toolVersions(versions),
      // Interpreters go by them.
      ...(endings.length === 0 ? {} : { endings: Object.fromEntries(endings) }),
    };
  },
  check: async (recipe) => [...(await import('./check.js')).checkRecipe(recipe), ...alike(recipe), ...unused(recipe)],
  run: async ({ parameters: recipe, workspace, signal, log, progress }) => {
    const { runCommand } = await import('./run-command.js');
    const { checkRecipe } = await import('./check.js');
    const problems = [...checkRecipe(recipe), ...alike(recipe)];
    if (problems.length > 0) return { ok: false, error: problems };
    const inputs = new Map(
      [...Object.entries(recipe.inputs), ...Object.entries(recipe.sources)].map(([name, input]) => [
        name,
        filesOf(name, input),
      ]),
    );
    const done = await runCommand(recipe, inputs, Object.keys(recipe.sources), workspace, {
      signal,
      log,
      progress: (now) => progress(now.done, now.total, now.unit),
    });
    if (!done.ok) return done;
    const measured = await measuredBy(recipe, workspace);
    return measured.ok ? ok({ metrics: measured.value }) : measured;
  },
};

/** The numbers of what the program left; its outcomes are left beside them in the form that reports read. */
async function measuredBy(
  { outputs, metrics: named, outcomes, subjects, series }: Parameters,
  workspace: string,
): Promise<Result<Readonly<Record<string, number>>>> {
  const [{ readMetrics }, { outcomesFrom }, { readSeries }, { encodeOutcomes, OUTCOMES_FILE }] = await Promise.all([
    import('./metrics.js'),
    import('./outcomes.js'),
    import('./series.js'),
    import('../../foundation/statistics/outcomes.js'),
  ]);
  const file = metricsFile(outputs, named);
  const texts = new Map<string, string>();
  const wrong: Diagnostic[] = [];
  for (const each of new Set([file, outcomes, series])) {
    if (each === undefined) continue;
    const text = writtenText(join(workspace, each), each);
    if (text.ok) texts.set(each, text.value);
    else wrong.push(...text.error);
  }
  if (wrong.length > 0) return err(wrong);
  const found = new Map<string, number>();
  if (file !== undefined) {
    const read = readMetrics(present(texts, file), file);
    if (read.ok) for (const [name, value] of Object.entries(read.value)) found.set(name, value);
    else wrong.push(...read.error);
  }
  if (outcomes !== undefined) {
    const read = outcomesFrom(present(texts, outcomes), outcomes, subjects);
    if (!read.ok) wrong.push(...read.error);
    else {
      writeFileSync(join(workspace, OUTCOMES_FILE), encodeOutcomes(read.value));
      for (const { name, value } of read.value.metrics) {
        if (!found.has(name)) found.set(name, value);
        else wrong.push(doubled(name, file!, outcomes));
      }
    }
  }
  if (series !== undefined) {
    const read = readSeries(present(texts, series), series);
    if (!read.ok) wrong.push(...read.error);
  }
  return wrong.length > 0 ? err(wrong) : ok(Object.fromEntries(found));
}

/** What a program left as text. Bytes that are no UTF-8 would become one character, and two items or subjects one. */
function writtenText(path: string, name: string): Result<string> {
  if (!existsSync(path)) return err([failure('command/no-output', `the command did not write ${name}`)]);
  const kind = kindOfFile(lstatSync(path));
  if (kind !== undefined) return err([failure('command/unfit-output', `${name} is ${kind}, where a file belongs`)]);
  const most = limit('text-bytes');
  if (lstatSync(path).size > most) {
    const message = `${name} has more than ${sayBytes(most)}`;
    return err([failure('command/unfit-output', message, raise('text-bytes'))]);
  }
  const bytes = readPlain(path);
  if (isUtf8(bytes)) return ok(bytes.toString('utf8'));
  return err([failure('command/unfit-output', `${name} is not UTF-8 text`, 'write it in UTF-8')]);
}

function doubled(metric: string, file: string, outcomes: string): Diagnostic {
  return failure(
    'command/doubled-metric',
    `\`${metric}\` is in ${file} and also computed from ${outcomes}`,
    'leave it out of one of them',
  );
}

/** Replicates of a program that is not given their seeds would be one number several times over. */
function unused({ run, seed, image, outcomes, subjects }: Parameters): readonly ParameterProblem[] {
  const problem = (name: string, message: string): ParameterProblem => ({
    ...failure(`command/unused-${name}`, message, `write {${name}} among the words of \`run\``),
    pointer: `/${name}`,
  });
  return [
    ...(seed !== 0 && !mentions(run, 'seed')
      ? [problem('seed', 'the program does not get the seed, so its replicates would all be the same')]
      : []),
    ...(image !== undefined && !mentions(run, 'image')
      ? [problem('image', 'nothing runs in the image, though results would depend on it')]
      : []),
    ...(subjects !== undefined && outcomes === undefined ? [SUBJECTS_OF_NOTHING] : []),
  ];
}

const SUBJECTS_OF_NOTHING: ParameterProblem = {
  ...failure(
    'command/unused-subjects',
    '`subjects` says whose names the subjects of `outcomes` have, and there are none',
    'name the output that holds them as `outcomes`, or leave `subjects` out',
  ),
  pointer: '/subjects',
};

function mentions(run: Parameters['run'], placeholder: string): boolean {
  return run.some((word) => placeholdersIn(word).includes(placeholder));
}

/** The output that holds a command's metrics: the one that is named, or `metrics.json` if the command leaves that. */
function metricsFile(outputs: readonly string[], named: string | undefined): string | undefined {
  return named ?? (outputs.map(plainPath).includes('metrics.json') ? 'metrics.json' : undefined);
}

/** A file from outside is called by its name in the command, whatever it is called there. */
function filesOf(name: string, input: Artifact): CommandInput {
  const [first] = input.files;
  if (input.outside?.shape === 'file') {
    const location = input.locate(first!.path);
    return { files: [{ path: `${name}${endingOf(input)}`, location, bytes: first!.bytes }], single: true };
  }
  return {
    files: Array.from(input.files, (file) => ({ ...file, location: input.locate(file.path) })),
    ...(input.folders === undefined ? {} : { folders: input.folders }),
    single: first !== undefined && input.digest === identityOfFile(first),
  };
}

/** Sources lie beside each other, each called by its name and its ending: `a` of train.py and `a.py` of a file without ending are one name. */
function alike({ sources }: Parameters): readonly ParameterProblem[] {
  const files = Object.entries(sources).map(([name, source]) => [name, `${name}${endingOf(source)}`] as const);
  return files.flatMap(([name, file], i) => {
    const other = files.slice(0, i).find(([, each]) => each === file);
    if (other === undefined) return [];
    const message = `the sources \`${other[0]}\` and \`${name}\` would both be called ${file}`;
    return [
      {
        ...failure('command/ambiguous-name', message, 'give one of them another name'),
        pointer: `/sources/${name}`,
      },
    ];
  });
}

/** `.py` of `train.py`: the part of a file's name that may matter to who reads it. */
function endingOf(source: Artifact): string {
  return /\.\w+$/.exec(source.outside?.root ?? '')?.[0] ?? '';
}
