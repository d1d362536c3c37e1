import { register } from 'node:module';

/**
 * Reads `experiments/faces.yaml`, in which a parameter is the yaw of the faces, and prints each call that goes from one file to
 * another, in turn.
 */
export interface Call {
  readonly from: string;
  readonly to: string;
  readonly name: string;
}

/** What was printed: the calls, and the pose that the stage was given. */
export interface Walk {
  readonly calls: readonly Call[];
  readonly pose: unknown;
}

register('./instrument.js', import.meta.url);
const { readExperiment } = await import('../../../src/engine/reading/read-experiment.js');
const { diskFiles } = await import('../../../src/engine/document/disk.js');
const { loadPrecompiled } = await import('../../../src/engine/values/precompiled.js');
const { facesGenerate } = await import('../../../src/plugins/recognition/kinds/faces/generate.js');

const calls: Call[] = [];
Error.stackTraceLimit = 100;
const entered = ([to, name]: readonly [string, string]): void => {
  const from = callers()[1];
  if (from !== undefined && from !== to) calls.push({ from, to, name });
};

/** The files of `src` on the stack, innermost first: where a function awaits another, that too. */
function callers(): string[] {
  Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFileName() ?? '');
  const holder: { stack?: unknown } = {};
  Error.captureStackTrace(holder, entered);
  const files = holder.stack as string[];
  Reflect.deleteProperty(Error, 'prepareStackTrace');
  return files.flatMap((file) => /\/dist\/src\/(.+)\.js$/.exec(file)?.[1] ?? []);
}

Object.assign(globalThis, { entered });
const { result } = await readExperiment({
  file: 'experiments/faces.yaml',
  folder: process.cwd(),
  files: diskFiles,
  kinds: new Map([[facesGenerate.name, facesGenerate]]),
  precompiled: loadPrecompiled(),
});
Object.assign(globalThis, { entered: undefined });
if (!result.ok) throw new Error(JSON.stringify(result.error));
const pose = result.value.graph.stages[0]?.parameters.pose;
process.stdout.write(JSON.stringify({ calls, pose } satisfies Walk));
