import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { identifyPart } from '../../engine/plan/identify.js';
import { chainProgress, planGraph } from '../../engine/plan/plan.js';
import { isSystemError } from '../../foundation/files/files.js';
import { ok, type Result } from '../../foundation/failures/result.js';
import { readText } from '../../foundation/files/text-file.js';
import type { OpenExperiment } from '../project/open-experiment.js';

/**
 * Keys that committed locks name: their results stay in the cache. Every digest in a lock counts, whatever it stands for;
 * those that are no keys do no harm.
 */
export function keysOfLocks(project: string): ReadonlySet<string> {
  const keys = new Set<string>();
  let names: readonly string[];
  const folder = join(project, 'reports');
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if (isSystemError(error)) return keys;
    throw error;
  }
  for (const name of names.filter((each) => /(^|[/\\])lock\.yaml$/.test(each))) {
    const text = readText(join(folder, name));
    for (const digest of text.match(/\b[0-9a-f]{64}\b/g) ?? []) keys.add(digest);
  }
  return keys;
}

/** Keys of all that is known of an experiment: its stages and their parts. */
export async function keysOfPlan({ graph, services }: OpenExperiment): Promise<Result<readonly string[]>> {
  const planned = await planGraph(graph, services);
  if (!planned.ok) return planned;
  return ok(
    planned.value.stages.flatMap((stage) => {
      if (stage.status === 'pending') return [];
      const { identified, node } = stage;
      const { division } = node.kind;
      if (division === undefined) return [identified.key];
      const parts =
        division.shape === 'chain'
          ? chainProgress(identified, division, services).known.map(({ part }) => part.key)
          : Array.from(division.parts(identified.parameters), (part) => identifyPart(identified, part).key);
      return [identified.key, ...parts];
    }),
  );
}
