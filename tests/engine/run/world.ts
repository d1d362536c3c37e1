import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCache, type Cache } from '../../../src/engine/artifacts/cache.js';
import { openExternal } from '../../../src/engine/artifacts/content/open.js';
import type { Graph, StageNode, StageSettings } from '../../../src/engine/graph/graph.js';
import type { RunEvent } from '../../../src/engine/run/event.js';
import { runGraph, type Outcome, type RunOptions } from '../../../src/engine/run/run.js';
import { knowledgeOf, type RunServices } from '../../../src/engine/run/services.js';
import { forkingPool, type WorkerPool } from '../../../src/engine/run/worker/workers.js';
import type { AnyStageKind } from '../../../src/engine/stage.js';
import type { Diagnostic } from '../../../src/foundation/failures/diagnostic.js';
import type { Json, JsonObject } from '../../../src/foundation/values/json.js';
import { ok } from '../../../src/foundation/failures/result.js';

/** A stage of a test graph; `reads` become its parameter `inputs`. */
export interface Scripted {
  readonly id: string;
  readonly kind: AnyStageKind;
  readonly with: JsonObject;
  readonly reads?: readonly string[];
  /** A folder from outside, its parameter `folder`. */
  readonly folder?: string;
  readonly settings?: StageSettings;
}

export function graphOf(stages: readonly Scripted[]): Graph {
  const place = { file: 'test.yaml', start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };
  return {
    name: 'test',
    title: 'Test',
    file: 'test.yaml',
    profile: 'mini',
    parameters: {},
    report: undefined,
    stages: stages.map(({ id, kind, with: given, reads = [], folder, settings = {} }): StageNode => {
      const inputs: Json = reads.map((stage) => ({ stage }));
      const parameters = folder === undefined ? given : { ...given, folder };
      return {
        id,
        name: id,
        coordinates: {},
        kind,
        parameters: reads.length === 0 ? parameters : { ...parameters, inputs },
        inputs: reads.map((stage, i) => ({ pointer: `/inputs/${i}`, stage })),
        externals: folder === undefined ? [] : [{ pointer: '/folder', path: folder, shape: 'folder' }],
        settings,
        place,
        placeOf: () => place,
        writtenAs: () => undefined,
      };
    }),
  };
}

/** A cache, a ledger of executions, and workers, in a directory of their own. */
export class World {
  readonly directory = mkdtempSync(join(tmpdir(), 'fx-run-'));
  readonly cache: Cache = openCache(join(this.directory, 'cache'));
  readonly #ledger = join(this.directory, 'ledger');
  #seen = 0;
  readonly warnings: Diagnostic[] = [];
  readonly events: RunEvent[] = [];
  readonly services: RunServices;

  constructor(
    code: (kind: AnyStageKind) => string = (kind) => `code of ${kind.name}`,
    workers: WorkerPool = forkingPool(new URL('worker.js', import.meta.url).pathname),
  ) {
    process.env.FX_TEST_LEDGER = this.#ledger;
    const knowledge = knowledgeOf(this.cache, {
      code,
      external: async ({ path, shape }) => {
        const listing = await this.cache.externals.read(path, shape);
        return listing.ok ? ok(openExternal(listing.value, path, shape)) : listing;
      },
      warn: (warning) => this.warnings.push(warning),
    });
    this.services = { ...knowledge, cache: this.cache, workers };
  }

  async run(graph: Graph, options: Partial<RunOptions> = {}): Promise<Outcome> {
    process.env.FX_TEST_LEDGER = this.#ledger;
    return runGraph(graph, this.services, {
      resources: { cores: 2, memory: 8 * 2 ** 30, gpus: 0 },
      signal: new AbortController().signal,
      emit: (event) => this.events.push(event),
      ...options,
    });
  }

  /** What was executed since the last call, sorted. */
  executed(): readonly string[] {
    const lines = existsSync(this.#ledger) ? readFileSync(this.#ledger, 'utf8').trimEnd().split('\n') : [];
    const fresh = lines.slice(this.#seen);
    this.#seen = lines.length;
    return fresh.sort();
  }

  async close(): Promise<void> {
    await this.services.workers.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
