import {
  anything,
  count,
  duration,
  list,
  map,
  namesSchema,
  object,
  optional,
  size,
  text,
  texts,
  word,
  type Schema,
} from '../../foundation/schema/schema.js';
import { FILE_NAME, NAME } from '../../foundation/schema/names.js';

/**
 * The shape of an experiment after composition and before references are followed: so a place that takes a reference takes
 * text. What `with` may hold is the business of the stage's kind; of `report`, of report-section.ts.
 */

/** The types a parameter can have: every quantity, and these. */
export const PARAMETER_TYPES = [
  'angle',
  'length',
  'duration',
  'size',
  'fraction',
  'count',
  'number',
  'text',
  'flag',
  'distribution',
  'file',
  'folder',
  'any',
] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

export const parameterSchema = object(
  {
    value: optional(
      anything({
        says: 'The value, unless the command line, the environment or the settings file gives another. `null`: it must be given.',
        examples: ['35 deg', '[-35 deg, 35 deg]', '10k'],
      }),
    ),
    type: optional(
      word(PARAMETER_TYPES, {
        says: 'The type; inferred from the value if left out. For a list, the type of its items.',
      }),
    ),
    within: optional(
      list(anything({ says: 'A bound of the range.' }), {
        says: 'The smallest and the largest value allowed, ends included.',
        minItems: 2,
        maxItems: 2,
        examples: [['-90 deg', '90 deg']],
      }),
    ),
    choices: optional(list(anything({ says: 'An allowed value.' }), { says: 'The values allowed.', minItems: 1 })),
    says: optional(text({ says: 'A one-sentence description.' })),
    obtain: optional(text({ says: 'For a file or folder: what it is and where to get it.' })),
  },
  { says: 'A parameter. Set it with `--set name=value`, FX_SET_NAME or the settings file; use it as `${name}`.' },
);

export const resourcesSchema = object(
  {
    cores: optional(count({ says: 'Cores it keeps busy.', min: 1, examples: [2] })),
    memory: optional(size({ says: 'The memory limit; the stage is stopped above it.', min: 0, examples: ['4 GiB'] })),
    'memory-at-most': optional(
      size({
        says: 'A stage stopped at its memory limit is retried with twice the memory, up to this.',
        min: 0,
        examples: ['16 GiB'],
      }),
    ),
    gpus: optional(count({ says: 'GPUs it needs.', min: 0 })),
  },
  { says: 'The resources the stage needs while it runs. Not part of its key.' },
);

const axes: Schema<unknown> = {
  json: {
    type: ['object', 'string'],
    propertyNames: namesSchema(NAME, 'an axis'),
    additionalProperties: {
      description: 'Values of the axis: a list, a map of names to values, or a reference to one.',
    },
    description:
      'Axes; the stage is run for every combination. A value is used as `${matrix.axis}`; an axis named as a parameter of the kind fills it.',
    examples: [{ model: ['small', 'large'], data: ['a', 'b'] }],
  },
};

export const settingsProperties = {
  resources: optional(resourcesSchema),
  timeout: optional(duration({ says: 'The stage is stopped after this time.', min: 0, examples: ['2 h'] })),
  retries: optional(count({ says: 'How often a failed run is tried again.', min: 0, max: 100 })),
};

export const settingsSchema = object(settingsProperties, { says: 'How the stage runs. Not part of its key.' });

export const replicatesSchema = count({
  says: 'Runs the stage this many times, each with its own seed derived from `seed`; stages that read it branch with it. Adding replicates keeps the earlier ones.',
  min: 1,
  max: 10000,
  examples: [3],
});

const stageSchema = object(
  {
    uses: text({
      says: 'The stage kind, `./path/of/module.ts#export` of your own, or `package#export` of an installed package.',
      examples: ['command'],
    }),
    says: optional(text({ says: 'What the stage is for.' })),
    with: optional(map(anything({ says: 'A parameter of the kind.' }), { says: 'The parameters of the kind.' })),
    matrix: optional(axes),
    exclude: optional(
      list(map(anything({ says: 'A value of the axis.' }), { says: 'Coordinates; an axis left out matches all.' }), {
        says: 'Combinations of the matrix to leave out.',
      }),
    ),
    replicates: optional(replicatesSchema),
    ...settingsProperties,
  },
  { says: 'One step of the experiment.' },
);

/** Options that choose where and when a job runs; what it executes and where it writes is not the experiment's to say. */
const SBATCH_OPTION =
  '^--(nice|exclude|nodelist|reservation|licenses|exclusive|gres|begin|comment|mail-type|mail-user|prefer|tmp|threads-per-core|hint|wckey|switches|cpu-freq)(=.*)?$';

export const slurmSchema = object(
  {
    partition: optional(text({ says: 'The partition, or several with commas between.' })),
    account: optional(text({ says: 'The account to charge.' })),
    qos: optional(text({ says: 'Quality of service.' })),
    constraint: optional(text({ says: 'Features that a node must have.' })),
    time: optional(
      duration({
        says: 'The time limit of a job. A job starts nothing in its last minute (a short job: its last quarter); another job goes on.',
        min: 60,
        examples: ['4 h'],
      }),
    ),
    'time-at-most': optional(
      duration({
        says: 'A task that had the whole time of a job is tried again with twice as much, up to this.',
        min: 60,
        examples: ['24 h'],
      }),
    ),
    extra: optional(
      list(text({ says: 'An option of `sbatch` with its value.', pattern: SBATCH_OPTION }), {
        says: 'Further options of `sbatch`.',
        examples: [['--nice=100', '--exclude=node7']],
      }),
    ),
  },
  { says: 'What the jobs of `fx run --on slurm` request. Not part of any key.' },
);

const report = optional(map(anything({ says: 'A part of the report.' }), { says: 'Tables, figures and claims.' }));

const profileSchema = object(
  {
    says: optional(text({ says: 'What the profile is for.' })),
    values: optional(
      map(anything({ says: 'A value.' }), { says: 'Values used as `${profile.name}`.', names: NAME, of: 'a value' }),
    ),
    title: optional(text({ says: 'Replaces the title.' })),
    parameters: optional(
      map(partial(parameterSchema), { says: 'Laid over the parameters.', names: NAME, of: 'a parameter' }),
    ),
    slurm: optional(slurmSchema),
    stages: optional(
      map(partial(stageSchema), { says: 'Laid over the stages; `null` takes one away.', names: NAME, of: 'a stage' }),
    ),
    report,
  },
  { says: 'A named variant: values, and what it lays over the experiment.' },
);

export const experimentSchema = object(
  {
    fx: { json: { enum: [1], description: 'Version of the language.' } },
    name: text({
      says: 'The name of the experiment and its reports: letters, digits, `-`, `_` and `.`.',
      pattern: FILE_NAME.pattern,
    }),
    title: optional(text({ says: 'The title of the report.' })),
    says: optional(text({ says: 'What the experiment shows.' })),
    extends: optional(
      texts({
        says: 'An experiment file, or several, that this one is laid over: maps merge key by key, everything else replaces, `null` takes away. Relative to this file, inside the project.',
        examples: ['./shared/syn-study.yaml'],
      }),
    ),
    profile: optional(text({ says: 'The profile used if none is named. Default: `mini`.' })),
    parameters: optional(
      map(parameterSchema, {
        says: 'The values that users may change: used as `${name}`, set with `--set name=value`.',
        names: NAME,
        of: 'a parameter',
      }),
    ),
    profiles: optional(
      map(profileSchema, { says: 'Named variants, chosen with `--profile`.', names: FILE_NAME, of: 'a profile' }),
    ),
    slurm: optional(slurmSchema),
    stages: map(stageSchema, { says: 'The steps, by name; the order does not matter.', names: NAME, of: 'a stage' }),
    report,
  },
  { says: 'An experiment of `fx`.' },
);

/** The same shape with nothing required: what an overlay may hold. */
function partial<T>(schema: Schema<T>): Schema<Partial<T>> {
  return { json: { ...schema.json, required: [] } };
}
