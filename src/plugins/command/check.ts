import { isAbsolute } from 'node:path';
import type { ParameterProblem } from '../../engine/stage.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import { pathProblem, plainPath, unwritable } from '../../foundation/files/paths.js';
import { noPlaceholder, placeholdersIn } from './placeholders.js';
import { OUTCOMES_FILE } from '../../foundation/statistics/outcomes.js';

interface Recipe {
  readonly run: readonly (string | number)[];
  readonly shell?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly sources?: Readonly<Record<string, unknown>>;
  readonly image?: string;
  readonly outputs: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly metrics?: string;
  readonly outcomes?: string;
  readonly series?: string;
}

/** What is wrong with a command that can be seen before it runs. */
export function checkRecipe(recipe: Recipe): readonly ParameterProblem[] {
  const { run, outputs, variables } = recipe;
  return [
    ...(run[0] === '' && recipe.shell !== true ? [NO_PROGRAM] : []),
    ...unknownPlaceholders(recipe),
    ...ambiguousNames(recipe),
    ...outputProblems(outputs),
    ...undeclared(recipe),
    ...nulProblems('run', run.map(String).entries()),
    ...nulProblems('variables', Object.entries(variables)),
  ];
}

const NO_PROGRAM: ParameterProblem = {
  ...failure('command/no-program', 'the first word of `run` is empty, where the program belongs', 'name the program'),
  pointer: '/run/0',
};

function unknownPlaceholders({ run, image, inputs = {}, sources = {} }: Recipe): readonly ParameterProblem[] {
  const known = ['seed', ...(image === undefined ? [] : ['image']), ...Object.keys(inputs), ...Object.keys(sources)];
  return run.flatMap((word, i) => {
    const unknown = placeholdersIn(String(word)).find((name) => !known.includes(name));
    return unknown === undefined ? [] : [{ ...noPlaceholder(unknown, known), pointer: `/run/${i}` }];
  });
}

/** What one placeholder would stand for twice. */
function ambiguousNames({ inputs = {}, sources = {}, image }: Recipe): readonly ParameterProblem[] {
  const problem = (of: string, name: string, what: string): ParameterProblem => ({
    ...failure('command/ambiguous-name', `{${name}} is ${what}`, 'give the input another name'),
    pointer: `/${of}/${name}`,
  });
  const taken = new Map([['seed', 'the seed'], ...(image === undefined ? [] : [['image', 'the image'] as const])]);
  return [
    ...Object.entries({ inputs, sources }).flatMap(([of, named]) =>
      Object.keys(named).flatMap((name) => {
        const what = taken.get(name);
        return what === undefined ? [] : [problem(of, name, `both ${what} and one of the \`${of}\``)];
      }),
    ),
    ...Object.keys(sources)
      .filter((name) => Object.hasOwn(inputs, name))
      .map((name) => problem('sources', name, 'both one of the `inputs` and one of the `sources`')),
  ];
}

function outputProblems(outputs: readonly string[]): readonly ParameterProblem[] {
  const problems: ParameterProblem[] = [];
  const seen: string[] = [];
  for (const [i, output] of outputs.entries()) {
    const pointer = `/outputs/${i}`;
    const path = plainPath(output);
    if (isAbsolute(output) || path === '..' || path.startsWith('../')) {
      const message = `the output ${output} is outside of the command’s working directory`;
      problems.push({ ...failure('command/outside', message, 'name it relative to that directory'), pointer });
      continue;
    }
    if (path === '.' || path === '' || path === 'inputs' || path.startsWith('inputs/')) {
      const what = path === '.' || path === '' ? 'the working directory itself' : 'among the inputs';
      const message = `the output ${JSON.stringify(output)} is ${what}`;
      problems.push({
        ...failure('command/outputs', message, 'name files and folders that the command makes'),
        pointer,
      });
      continue;
    }
    const naming = pathProblem(path) ?? unwritable(path);
    if (naming !== undefined) {
      const message = `the output ${JSON.stringify(output)} ${naming}`;
      problems.push({ ...failure('command/outputs', message, 'give it another name'), pointer });
      continue;
    }
    const other = seen.find((each) => each === path || each.startsWith(`${path}/`) || path.startsWith(`${each}/`));
    if (other !== undefined) {
      const message =
        other === path
          ? `the output ${output} is named twice`
          : `one of the outputs ${other} and ${output} lies inside the other`;
      problems.push({ ...failure('command/outputs', message, 'a folder counts whole: name it alone'), pointer });
    }
    seen.push(path);
  }
  return problems;
}

/** What is read of the outputs must be one, or lie in one. */
function undeclared(recipe: Recipe): readonly ParameterProblem[] {
  const paths = recipe.outputs.map(plainPath);
  const problems = (['metrics', 'outcomes', 'series'] as const).flatMap((name): ParameterProblem[] => {
    const file = recipe[name];
    if (file === undefined) return [];
    const written = plainPath(file);
    if (paths.some((path) => path === written || written.startsWith(`${path}/`))) return [];
    const help = `add it to \`outputs\`: [${[...recipe.outputs, file].join(', ')}]`;
    return [{ ...failure('command/no-such-output', `${file} is no output of the command`, help), pointer: `/${name}` }];
  });
  const isTaken = paths.some((path) => path === OUTCOMES_FILE || path.startsWith(`${OUTCOMES_FILE}/`));
  if (recipe.outcomes === undefined || !isTaken) return problems;
  const message = `${OUTCOMES_FILE} is the file that fx writes from \`outcomes\``;
  return [...problems, { ...failure('command/outputs', message, 'give the output another name'), pointer: '/outputs' }];
}

function nulProblems(of: string, words: Iterable<readonly [string | number, string]>): readonly ParameterProblem[] {
  return [...words]
    .filter(([, word]) => word.includes('\0'))
    .map(([name]) => {
      const message = `${of} ${name} holds a NUL character, which no program can be given`;
      return {
        ...failure('command/nul', message, 'leave it out, or write the bytes to a file'),
        pointer: `/${of}/${name}`,
      };
    });
}
