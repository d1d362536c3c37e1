import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Project, type Finished } from '../cli/project.js';

/**
 * Sizes at which the study's whole graph runs in seconds: nothing is learned from so little, but every stage is executed.
 * Laid over a committed experiment, so that what runs is that experiment.
 */
const TINY = `
profiles:
  mini:
    values:
      identities: 8
      subsets: { casia-10: 12, casia-50: 20, casia-100: 26, casia-200: 32, draw: persons }
      samples: 4
      casia: { identities: 8, images: 6 }
      lfw: { identities: 12, pairs: 2 }
      multipie: { identities: 4, pairs: 2 }
      ijba: { identities: 6, splits: 1, impostors: 8 }
      width: 2
      people: 3
      images: 3
      batches: 1
      train-epochs: 1
      finetune-epochs: 1
    stages:
      train: { replicates: null }
      standin-casia: { with: { size: 48 } }
      standin-lfw: { with: { size: 48, folds: 2 } }
      standin-multipie: { with: { size: 48, recordings: [1] } }
      standin-ijba: { with: { size: 48, photographs: 3, videos: 0 } }
      multipie: { with: { folds: 2 } }
`;

/** The committed experiments in a project of their own, each with a tiny overlay, `tiny-<name>.yaml`. */
export class Study {
  readonly project: Project = new Project({ 'package.json': '{ "private": true }\n' });

  constructor(...experiments: readonly string[]) {
    cpSync('experiments', join(this.project.directory, 'experiments'), { recursive: true });
    for (const name of experiments) {
      this.project.write(tiny(name), `fx: 1\nextends: ./${name}.yaml\n${TINY}`);
    }
  }

  fx(...words: readonly string[]): Promise<Finished> {
    return this.project.fx(...words);
  }

  /** Runs an experiment and says which stages were executed, sorted. */
  async run(experiment: string, ...words: readonly string[]): Promise<readonly string[]> {
    const { code, out, err } = await this.fx('run', tiny(experiment), '--json', ...words);
    if (code !== 0) throw new Error(`fx run ended with ${code}: ${out}${err}`);
    return out
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as StageEvent]))
      .flatMap(({ event, status, stage }) => (event === 'stage' && status === 'executed' ? [stage] : []))
      .sort();
  }

  /** What each stage of an experiment would do. */
  async plan(experiment: string, ...words: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { stages } = await this.project.json<Plan>('plan', tiny(experiment), ...words);
    return new Map(stages.map(({ id: stage, status }) => [stage, status]));
  }

  report(experiment: string, file = 'report.md'): string {
    return readFileSync(join(this.project.directory, `reports/${experiment}/mini/${file}`), 'utf8');
  }
}

function tiny(name: string): string {
  return `experiments/tiny-${name}.yaml`;
}

interface StageEvent {
  readonly event: string;
  readonly stage: string;
  readonly status: string;
}

interface Plan {
  readonly stages: readonly { readonly id: string; readonly status: string }[];
}
