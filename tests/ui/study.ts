import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { commitsOf } from '../../src/cli/results/commits.js';
import { openCache } from '../../src/engine/artifacts/cache.js';
import { self } from '../../src/engine/artifacts/store/owner.js';
import type { RunEvent } from '../../src/engine/run/event.js';
import type { AnyStageKind } from '../../src/engine/stage.js';
import type { RunGraph } from '../../src/history/graph.js';
import { runIds, writeEntry } from '../../src/history/history.js';
import { Recorder } from '../../src/history/recorder.js';
import { builtInKinds } from '../../src/plugins/registry.js';
import type { UiProject } from '../../src/ui/server/project.js';
import type { Report } from '../../src/report/report.js';
import { startOf } from './start-of.js';

/** A project with runs and reports that were recorded, not run. */
export class Study {
  readonly root: string;

  constructor(root: string = mkdtempSync(join(tmpdir(), 'fx-ui-'))) {
    this.root = root;
    this.write('package.json', '{}');
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    // As reports are written: a run's link to the file of before keeps what it had.
    rmSync(join(this.root, path), { force: true });
    writeFileSync(join(this.root, path), content);
  }

  removeFile(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }

  /** A report of this repository. */
  takeReport(name: string): void {
    const place = `reports/${name}`;
    mkdirSync(join(this.root, dirname(place)), { recursive: true });
    cpSync(resolve(place), join(this.root, place), { recursive: true });
  }

  /** Begins a run; gives its id and what goes on recording it. */
  begin(
    experiment: string,
    events: readonly RunEvent[],
    graph?: RunGraph,
    began?: Date,
  ): { id: string; recorder: Recorder } {
    const before = new Set(runIds(this.root));
    const about = { experiment, profile: 'default', file: `${experiment}.yaml`, set: [] };
    const recorder = new Recorder(this.root, about, {
      ...(graph === undefined ? {} : { graph: () => graph }),
      ...(began === undefined ? {} : { began }),
    });
    for (const event of events) recorder.hear(event);
    const id = runIds(this.root).find((each) => !before.has(each))!;
    return { id, recorder };
  }

  /** A run that ended with a report. */
  record(experiment: string, events: readonly RunEvent[], graph?: RunGraph, report?: Report): string {
    const { id, recorder } = this.begin(experiment, events, graph);
    if (report !== undefined) {
      this.write('made/report.json', JSON.stringify(report));
      recorder.report(report, join(this.root, 'made'), ['report.json']);
    }
    recorder.hear(FINISHED);
    recorder.end('done');
    return id;
  }

  /** A run that a process of this machine is at. */
  running(pid: number, id: string, start = startOf(pid)): void {
    writeEntry(this.root, {
      schema: 'fx/run-entry@1',
      id,
      experiment: 'study',
      profile: 'mini',
      file: 'study.yaml',
      set: [],
      commit: null,
      began: new Date().toISOString(),
      pid,
      process: { machine: self().machine, pid, start, host: 'here' },
      ended: null,
    });
  }

  project(): UiProject {
    const kinds = new Map<string, AnyStageKind>(builtInKinds.map((kind) => [kind.name, kind]));
    return {
      root: this.root,
      name: 'study',
      version: '0.0.0',
      cache: openCache(join(this.root, 'cache')),
      kinds,
      commits: commitsOf(this.root),
      explain: () => [],
    };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const FINISHED: RunEvent = {
  event: 'finished',
  ok: true,
  stages: { reused: 0, executed: 2, failed: 0, skipped: 0 },
  parts: { reused: 0, executed: 0 },
  seconds: 12.5,
};

export function graphOf(...stages: readonly (readonly [id: string, ...reads: string[]])[]): RunGraph {
  return {
    schema: 'fx/run-graph@1',
    title: 'A study',
    kinds: {
      'test/kind': { says: 'Does something.', colour: '#009E73', metrics: { loss: { says: 'How wrong it is.' } } },
    },
    stages: stages.map(([id, ...reads]) => ({ id, name: id.replace(/\[.*/, ''), kind: 'test/kind', reads })),
  };
}
