import type { PlannedStage } from '../engine/plan/plan.js';
import type { Session } from './session.js';

/** Why stages are to run, in a sentence each. */
export class Reasons {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  of(stage: PlannedStage): readonly string[] {
    switch (stage.status) {
      case 'hit':
        return [];
      case 'pending':
        return [`waits for ${stage.waitsFor.join(', ')}`];
      case 'run': {
        const before = this.#session.services.cache.history.of(stage.node.kind.name);
        return [before.length === 0 ? 'never made before' : 'no result with these inputs'];
      }
    }
  }
}
