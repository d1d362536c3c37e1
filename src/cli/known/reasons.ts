import { explainPending, explainStage, EarlierResults, type Explanation } from '../../engine/plan/explain.js';
import type { PlannedStage } from '../../engine/plan/plan.js';
import type { Session } from '../project/session.js';

/** Why stages are to run, against what was made before. */
export class Reasons {
  readonly earlier: EarlierResults;
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
    this.earlier = new EarlierResults(session.services.cache, (kind) => session.kinds.identity(kind));
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
        return explainPending(stage, this.#session.kinds.code(stage.node.kind.name), this.earlier);
      case 'run':
        return explainStage(stage, this.earlier);
    }
  }
}
