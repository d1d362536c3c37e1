import { scheduleSeconds, wholeSeconds } from '../../engine/plan/estimate.js';
import { Memory } from '../../engine/plan/explain.js';
import type { Graph, StageNode } from '../../engine/graph/graph.js';
import type { Session } from '../project/session.js';

/** How long the stages of an experiment took before, for the time that is left of a run. */
export class Durations {
  readonly #nodes: readonly StageNode[];
  readonly #byId: ReadonlyMap<string, StageNode>;
  readonly #memory: Memory;
  readonly #cores: number;
  readonly #usual = new Map<string, number | undefined>();

  constructor(graph: Graph, { services, kinds }: Session, cores: number) {
    this.#nodes = graph.stages;
    this.#byId = new Map(graph.stages.map((node) => [node.id, node]));
    this.#memory = new Memory(services.cache, (kind) => kinds.identity(kind));
    this.#cores = cores;
  }

  /** Seconds that a stage took before; undefined where it or its like was never timed. */
  usual(id: string): number | undefined {
    if (!this.#usual.has(id)) this.#usual.set(id, wholeSeconds(this.#byId.get(id)!, this.#memory));
    return this.#usual.get(id);
  }

  /**
   * Seconds until all is done; undefined where some stage was never timed.
   * @param atWork seconds left of the stages at work
   */
  left(atWork: ReadonlyMap<string, number>, done: ReadonlySet<string>): number | undefined {
    const rest = this.#nodes.filter((node) => !done.has(node.id));
    const seconds = new Map<string, number>();
    for (const { id, kind } of rest) {
      // For a running stage this is the time left; for others it is the work, which the cores share.
      const time = atWork.get(id);
      const spread = kind.division?.shape === 'shards' ? this.#cores : 1;
      const one = time === undefined ? this.usual(id) : time * spread;
      if (one === undefined) return undefined;
      seconds.set(id, one);
    }
    return scheduleSeconds(rest, (node) => seconds.get(node.id)!, this.#cores);
  }
}
