import { join } from 'node:path';
import { artifact, external, type Artifact, type ParameterProblem, type StageKind } from '../../engine/stage.js';
import { identityOfFile } from '../../foundation/digest.js';
import { ok } from '../../foundation/result.js';
import { FILE_NAME, VARIABLE } from '../../foundation/names.js';
import { argument, count, flag, list, map, object, optional, text, type Value } from '../../foundation/schema.js';
import type { CommandInput } from './inputs.js';

const parameters = object(
  {
    run: list(
      argument({ says: 'The program, then its arguments. `{name}` is the path of an input, `{seed}` the seed.' }),
      {
        says: 'What to run: a list, so that no shell takes words apart.',
        minItems: 1,
        examples: [['python3', '{script}', '--data', '{images}']],
      },
    ),
    shell: flag({ says: 'Join the words and give them to `sh -c`.', default: false }),
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
      says: 'What the command must leave: these files are the result.',
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
    seed: count({
      says: 'Handed to the program as `{seed}` in `run`, so that a stage can have `replicates`.',
      default: 0,
    }),
    stdin: optional(text({ says: 'Text for standard input.' })),
  },
  { says: 'Runs any program.' },
);

type Parameters = Value<typeof parameters>;

/** Any program, with declared inputs, outputs, environment and versions. */
export const command: StageKind<Parameters> = {
  name: 'command',
  says: 'Runs a program on the files of other stages, in a fresh directory and a clean environment.',
  parameters,
  produces: 'files',
  outputs: ({ outputs }) => Object.fromEntries(outputs.map((name) => [name, 'Declared by the experiment.'])),
  metrics: ({ outputs, metrics }) => (metricsFile(outputs, metrics) === undefined ? {} : undefined),
  reproducible: false,
  runsPrograms: true,
  environment: async ({ inherit, variables, versions, sources }) => {
    const { declaredEnvironment, toolVersions } = await import('./environment.js');
    const endings = Object.entries(sources).map(([name, source]) => [name, endingOf(source)] as const);
    return {
      variables: declaredEnvironment(inherit, variables),
      versions: await toolVersions(versions),
      // Interpreters go by them.
      ...(endings.length === 0 ? {} : { endings: Object.fromEntries(endings) }),
    };
  },
  check: async (recipe) => [...(await import('./check.js')).checkRecipe(recipe), ...unusedSeed(recipe)],
  run: async ({ parameters: recipe, workspace, signal, log }) => {
    const { runCommand } = await import('./run-command.js');
    const { readMetrics } = await import('./metrics.js');
    const { checkRecipe } = await import('./check.js');
    const problems = checkRecipe(recipe);
    if (problems.length > 0) return { ok: false, error: problems };
    const inputs = new Map(
      [...Object.entries(recipe.inputs), ...Object.entries(recipe.sources)].map(([name, input]) => [
        name,
        filesOf(name, input),
      ]),
    );
    const done = await runCommand(recipe, inputs, Object.keys(recipe.sources), workspace, { signal, log });
    if (!done.ok) return done;
    const file = metricsFile(recipe.outputs, recipe.metrics);
    if (file === undefined) return ok({});
    const metrics = readMetrics(join(workspace, file), file);
    return metrics.ok ? ok({ metrics: metrics.value }) : metrics;
  },
};

/** Replicates of a program that is not given their seeds would be one number several times over. */
function unusedSeed({ run, seed }: Parameters): readonly ParameterProblem[] {
  if (seed === 0 || run.some((word) => word.includes('{seed}'))) return [];
  return [
    {
      pointer: '/seed',
      code: 'command/unused-seed',
      severity: 'error',
      message: 'the program is not given the seed, so that its replicates would all be the same',
      help: 'write {seed} among the words of `run`',
    },
  ];
}

/** The output that holds a command's metrics: the one that is named, or `metrics.json` if the command leaves that. */
function metricsFile(outputs: readonly string[], named: string | undefined): string | undefined {
  return named ?? (outputs.includes('metrics.json') ? 'metrics.json' : undefined);
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

/** `.py` of `train.py`: the part of a file's name that may matter to who reads it. */
function endingOf(source: Artifact): string {
  return /\.\w+$/.exec(source.outside?.root ?? '')?.[0] ?? '';
}
