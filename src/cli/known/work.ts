import { identifyPart } from '../../engine/plan/identify.js';
import { chainProgress, type KnownStage } from '../../engine/plan/plan.js';
import type { Knowledge } from '../../engine/plan/plan.js';

/** Seconds of work that a result took, with that of all its parts, as far as their records are kept. */
export function secondsOfWork({ node, identified, record }: KnownStage, knowledge: Knowledge): number {
  const { division } = node.kind;
  if (division === undefined) return record.duration;
  const parts =
    division.shape === 'chain'
      ? chainProgress(identified, division, knowledge).known.map((link) => link.record)
      : Array.from(division.parts(identified.parameters), (part) =>
          knowledge.lookupRecord(identifyPart(identified, part).key),
        );
  return parts.reduce((sum, part) => sum + (part?.duration ?? 0), record.duration);
}
