import { spawn, type ChildProcess } from 'node:child_process';
import type { JobState, Scheduler } from '../../../../src/engine/run/cluster/scheduler.js';
import { ok } from '../../../../src/foundation/failures/result.js';

/** A scheduler whose jobs are processes of this machine, started at once. */
export class ProcessScheduler implements Scheduler {
  readonly #jobs = new Map<string, { readonly child: ChildProcess; state: JobState }>();
  #arrays = 0;

  submit({ count, command, directory }: Parameters<Scheduler['submit']>[0]): ReturnType<Scheduler['submit']> {
    this.#arrays += 1;
    const array = String(this.#arrays);
    for (let i = 0; i < count; i += 1) {
      const id = `${array}_${i}`;
      const child = spawn(command[0]!, [...command.slice(1), id], { cwd: directory, stdio: 'ignore' });
      const job = { child, state: { phase: 'running', words: 'RUNNING', node: 'here' } as JobState };
      this.#jobs.set(id, job);
      child.once('exit', (code) => {
        job.state = { phase: code === 0 ? 'done' : 'failed', words: code === 0 ? 'COMPLETED' : 'FAILED', node: 'here' };
      });
    }
    return Promise.resolve(ok(array));
  }

  jobs(): ReturnType<Scheduler['jobs']> {
    return Promise.resolve(ok(new Map([...this.#jobs].map(([id, { state }]) => [id, state]))));
  }

  cancel(ids: readonly string[]): Promise<void> {
    this.cancelAtOnce(ids);
    return Promise.resolve();
  }

  cancelAtOnce(ids: readonly string[]): void {
    for (const [id, { child }] of this.#jobs) if (ids.includes(id.split('_')[0]!)) child.kill('SIGTERM');
  }

  /** Ids of jobs that have not ended after some seconds. */
  async left(): Promise<readonly string[]> {
    const alive = (): string[] =>
      [...this.#jobs].filter(([, { child }]) => child.exitCode === null && child.signalCode === null).map(([id]) => id);
    for (let i = 0; i < 200 && alive().length > 0; i += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    return alive();
  }
}
