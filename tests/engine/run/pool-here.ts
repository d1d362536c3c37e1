import { doTask } from '../../../src/engine/run/worker/serve.js';
import {
  outcomeOf,
  type WorkerPool,
  type WorkOptions,
  type WorkOutcome,
} from '../../../src/engine/run/worker/workers.js';
import type { Task } from '../../../src/engine/run/worker/protocol.js';
import { testKinds } from './kinds.js';

/**
 * Does the work of stages in the test's own process, one task at a time, by what a child calls as well: for tests in which the
 * children are not what is looked at. A child takes a third of a second of processor time to start.
 */
export function poolHere(): WorkerPool {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    run: (task, options) => {
      const work = turn.then(() => doHere(task, options));
      turn = work.catch(() => undefined);
      return work;
    },
    close: () => Promise.resolve(),
    kill: () => undefined,
  };
}

async function doHere(task: Task, { signal, onLog }: WorkOptions): Promise<WorkOutcome> {
  const answer = await doTask(
    crossed(task),
    (name) => Promise.resolve(testKinds.find((kind) => kind.name === name)),
    (message) => {
      if (message.say === 'log') onLog(message.line);
    },
    signal,
  );
  return outcomeOf(crossed(answer), signal);
}

/** As it crosses to another process. */
function crossed<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
