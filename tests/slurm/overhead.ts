import { experiment, Project } from '../cli/project.js';
import type { RealSlurm } from './real-slurm.js';

/** Seconds of a run of so many parts of 0.1 s each, six at a time: in child processes of this machine, and in jobs of the cluster. */
export async function overhead(
  slurm: RealSlurm,
  parts: number,
): Promise<{ readonly parts: number; readonly here: number; readonly there: number }> {
  const stages = `  pieces: { uses: ./stages/mine.ts#shards, with: { count: ${parts}, text: piece, act: 'sleep:100' } }\n`;
  const project = new Project({ 'study.yaml': experiment('study', stages) });
  try {
    const timed = async (
      environment: Readonly<Record<string, string>>,
      ...words: readonly string[]
    ): Promise<number> => {
      const { code, out, err } = await project.startWith(environment, 'run', 'study.yaml', '--json', ...words).finished;
      if (code !== 0) throw new Error(err);
      const last = JSON.parse(out.trim().split('\n').at(-1)!) as { readonly seconds: number };
      return last.seconds;
    };
    const here = await timed({}, '--cache', 'here', '--cores', '6');
    const there = await timed(slurm.environment, '--cache', 'there', '--on', 'slurm', '--jobs', '6');
    return { parts, here, there };
  } finally {
    project.remove();
  }
}
