import { explainPending, explainStage, EarlierResults, type Explanation } from '../../engine/plan/explain.js';
import type { PlannedStage } from '../../engine/plan/plan.js';
import type { OpenExperiment } from '../project/open-experiment.js';

/** Why stages are to run, against what was made before. */
export class Reasons {
  readonly earlier: EarlierResults;
  readonly #experiment: OpenExperiment;

  constructor(experiment: OpenExperiment) {
    this.#experiment = experiment;
    this.earlier = new EarlierResults(experiment.services.cache, (kind) => experiment.kinds.identity(kind));
  }

  /** A sentence each; none for what is known. */
  of(stage: PlannedStage): readonly string[] {
    const { reasons } = this.explain(stage);
    return stage.status === 'pending' ? [`waits for ${stage.waitsFor.join(', ')}`, ...reasons] : reasons;
  }

  explain(stage: PlannedStage): Explanation {
    switch (stage.status) {
      case 'hit':
        return { nearest: undefined, reasons: [] };
      case 'pending':
        return explainPending(stage, this.#experiment.kinds.code(stage.node.kind.name), this.earlier);
      case 'run':
        return explainStage(stage, this.earlier);
    }
  }
}
