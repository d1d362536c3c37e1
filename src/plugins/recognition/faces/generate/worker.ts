import { parentPort, workerData } from 'node:worker_threads';
import { Rows, rowLayout } from './layout.js';
import { SampleRenderer, type RenderWork } from './sample-renderer.js';

/** The thread of a pool: makes runs of samples into the slots it shares with the pool. */
export interface WorkerStart {
  readonly work: RenderWork;
  readonly thread: number;
  readonly capacity: number;
  readonly slots: readonly SharedArrayBuffer[];
}

/** Samples `first` to `first + count` (exclusive) of the data set, counted identity by identity, into a slot. */
export interface Task {
  readonly slot: number;
  readonly first: number;
  readonly count: number;
  readonly samplesPerIdentity: number;
}

export interface TaskDone {
  readonly slot: number;
}

const start = workerData as WorkerStart;
const layout = rowLayout(start.work.recipe, start.work.landmarks);
const slots = start.slots.map((buffer) => new Rows(layout, start.capacity, buffer));
const renderer = new SampleRenderer(start.work, start.thread);

parentPort!.on('message', (task: Task) => {
  for (let k = 0; k < task.count; k += 1) {
    const index = task.first + k;
    const identity = Math.floor(index / task.samplesPerIdentity);
    renderer.render(identity, index % task.samplesPerIdentity, slots[task.slot]!, k);
  }
  parentPort!.postMessage({ slot: task.slot } satisfies TaskDone);
});
