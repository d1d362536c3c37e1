import { scheduleSeconds, wholeSeconds, type Work } from '../../engine/plan/estimate.js';
import { EarlierResults } from '../../engine/plan/explain.js';
import type { Graph, StageNode } from '../../engine/graph/graph.js';
import { present } from '../../foundation/values/present.js';
import type { OpenExperiment } from '../project/open-experiment.js';

/** How long the stages of an experiment took before, for the time that is left of a run. */
export class Durations {
  /** Each after those it reads. */
  readonly #byId: ReadonlyMap<string, StageNode>;
  readonly #earlier: EarlierResults;
  readonly #cores: number;
  readonly #usual = new Map<StageNode, number | undefined>();

  constructor(graph: Graph, { services, kinds }: OpenExperiment, cores: number) {
    this.#byId = new Map(graph.stages.map((node) => [node.id, node]));
    this.#earlier = new EarlierResults(services.cache, (kind) => kinds.identity(kind));
    this.#cores = cores;
  }

  /** Seconds that a stage took before; undefined where it or its like was never timed. */
  usual(id: string): number | undefined {
    return this.#usualOf(present(this.#byId, id));
  }

  /**
   * Seconds until all is done; undefined where some stage was never timed.
   * @param atWork seconds left of the stages at work
   */
  left(atWork: ReadonlyMap<string, number>, done: ReadonlySet<string>): number | undefined {
    const work: Work[] = [];
    for (const node of this.#byId.values()) {
      if (done.has(node.id)) continue;
      // For a running stage this is the time left; for others it is the work, which the cores share.
      const time = atWork.get(node.id);
      const spread = node.kind.division?.shape === 'shards' ? this.#cores : 1;
      const seconds = time === undefined ? this.#usualOf(node) : time * spread;
      if (seconds === undefined) return undefined;
      work.push({ node, seconds });
    }
    return scheduleSeconds(work, this.#cores);
  }

  #usualOf(node: StageNode): number | undefined {
    if (!this.#usual.has(node)) this.#usual.set(node, wholeSeconds(node, this.#earlier));
    return this.#usual.get(node);
  }
}
