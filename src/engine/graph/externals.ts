import { basename, isAbsolute, resolve } from 'node:path';
import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import type { JsonObject } from '../../foundation/values/json.js';
import { isInside } from '../../foundation/files/files.js';
import type { Reporter } from '../../foundation/failures/reporter.js';
import { problem, related } from '../document/codes.js';
import type { Node } from '../document/node.js';
import type { Files } from '../document/files.js';
import type { Located } from '../document/source.js';
import type { ExperimentCode } from '../experiment/codes.js';
import type { Experiment } from '../experiment/experiment.js';
import type { Parameter } from '../experiment/parameters.js';
import { SETTING_VARIABLE, SETTINGS_FILE } from '../document/settings.js';
import { isComposed } from '../values/substitute.js';
import type { GraphCode } from './codes.js';
import type { ExternalInput } from './graph.js';

type Wrong = Diagnostic<ExperimentCode | GraphCode>;

/** Finds what an experiment reads from outside; what is not there is collected, one diagnostic for each item. */
export class Externals {
  readonly #experiment: Experiment;
  readonly #files: Files;
  readonly #strangers: boolean;
  readonly #shapes = new Map<string, 'file' | 'folder' | undefined>();
  readonly #missing = new Map<string, MissingInput>();

  /** @param strangers the experiment is another's: nothing that it says itself may lead out of its project */
  constructor(experiment: Experiment, files: Files, strangers: boolean) {
    this.#experiment = experiment;
    this.#files = files;
    this.#strangers = strangers;
  }

  /** Undefined where the path may not be read, which `wrong` then says. */
  find(
    node: Node,
    shape: 'file' | 'folder',
    kindObtain: string | undefined,
    pointer: string,
    stage: string,
    wrong: Reporter<ExperimentCode | GraphCode>,
  ): { input: ExternalInput; value: JsonObject } | undefined {
    if (node.kind !== 'scalar' || (node.value !== null && typeof node.value !== 'string')) return undefined;
    const parameter = this.#parameterOf(node);
    const obtain = parameter?.obtain ?? kindObtain;
    const more = obtain === undefined ? {} : { obtain };
    if (node.value === null || node.value === '') {
      this.#miss(node, shape, undefined, parameter, obtain, stage);
      return { input: { pointer, path: '', shape, ...more, missing: true }, value: { external: '' } };
    }
    // Of a path put together from others (`${data}/lfw`), the first part says where it begins.
    const origin: Located = isComposed(node) ? node.first : node;
    const path = resolve(origin.source.folder, node.value);
    if (!this.#mayRead(node, origin, path, node.value)) {
      wrong.add(
        problem('graph/outside-project', node, `${node.value} is outside the project`, {
          help: `make it a parameter (\`type: ${shape}\`) and set that with --set, ${SETTING_VARIABLE}NAME or \`set:\` in ${SETTINGS_FILE}`,
        }),
      );
      return undefined;
    }
    const is = this.#look(path);
    if (is !== undefined && is !== shape) {
      wrong.add(problem('graph/wrong-input', node, `${node.value} must be a ${shape}, but is a ${is}`));
      return undefined;
    }
    if (is === undefined) this.#miss(node, shape, node.value, parameter, obtain, stage);
    const missing = is === undefined ? { missing: true } : {};
    // The name alone: where a machine keeps its data is no part of what was done.
    return { input: { pointer, path, shape, ...more, ...missing }, value: { external: basename(node.value) } };
  }

  missing(): Wrong[] {
    return [...this.#missing.values()].map(({ node, shape, path, parameter, obtain, stages }) => {
      const who =
        stages.length > 3 ? `${stages.slice(0, 3).join(', ')} and ${stages.length - 3} more` : stages.join(', ');
      const what = parameter === undefined ? `a ${shape}` : `the ${shape} \`${parameter.name}\``;
      const says = parameter?.says === undefined ? '' : ` (${parameter.says})`;
      const wrong =
        path === undefined
          ? `${what}${says} is needed by ${who} and is not named`
          : `${what}${says} is needed by ${who}, but there is nothing at ${path}`;
      const name =
        parameter === undefined
          ? undefined
          : `name it with --set ${parameter.name}=PATH, ${variableOf(parameter.name)}=PATH or \`set: { ${parameter.name}: PATH }\` in ${SETTINGS_FILE}`;
      const help = [obtain, name].filter((line) => line !== undefined).join('; ');
      return problem('graph/missing-input', node, wrong, {
        help: help === '' ? undefined : help,
        related:
          parameter === undefined || parameter.key.source === node.source
            ? []
            : [related('declared here', parameter.key)],
      });
    });
  }

  #miss(
    node: Node,
    shape: 'file' | 'folder',
    path: string | undefined,
    parameter: Parameter | undefined,
    obtain: string | undefined,
    stage: string,
  ): void {
    const key = `${node.source.name}:${node.start}:${path ?? ''}`;
    const known = this.#missing.get(key);
    if (known === undefined) this.#missing.set(key, { node, shape, path, parameter, obtain, stages: [stage] });
    else if (!known.stages.includes(stage)) known.stages.push(stage);
  }

  #mayRead(node: Node, origin: Located, path: string, written: string): boolean {
    if (origin.source.trusted) {
      if (!this.#strangers || !isComposed(node)) return true;
      // `${data}/../..`: the user named one folder, not those around it.
      const named = node.first.kind === 'scalar' ? node.first.value : undefined;
      return typeof named === 'string' && isInside(path, resolve(origin.source.folder, named));
    }
    if (isAbsolute(written) && !this.#strangers)
      return this.#experiment.profiles.some(
        (profile) => profile.source === origin.source && origin.start >= profile.start && origin.end <= profile.end,
      );
    return isInside(path, this.#experiment.project);
  }

  #parameterOf(node: Node): Parameter | undefined {
    const origin = isComposed(node) ? node.first : node;
    for (const parameter of this.#experiment.parameters.values()) {
      const { value } = parameter;
      if (
        value.source === origin.source &&
        value.start === origin.start &&
        (parameter.type === 'file' || parameter.type === 'folder')
      )
        return parameter;
    }
    return undefined;
  }

  #look(path: string): 'file' | 'folder' | undefined {
    if (!this.#shapes.has(path)) this.#shapes.set(path, this.#files.look(path)?.shape);
    return this.#shapes.get(path);
  }
}

interface MissingInput {
  readonly node: Node;
  readonly shape: 'file' | 'folder';
  readonly path: string | undefined;
  readonly parameter: Parameter | undefined;
  readonly obtain: string | undefined;
  readonly stages: string[];
}

function variableOf(name: string): string {
  return `${SETTING_VARIABLE}${name.toUpperCase().replaceAll('-', '_')}`;
}
