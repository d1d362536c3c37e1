import { agreement } from '../slurm/agreement.js';
import { overhead } from '../slurm/overhead.js';
import { missingSlurm, RealSlurm } from '../slurm/real-slurm.js';

/**
 *     npm run prove:slurm [-- table2-frontal [mini]]
 *     npm run prove:slurm -- overhead [parts]
 *
 * On a real Slurm of three nodes on this machine. The first: an experiment has the keys, artifacts and report of a run without the
 * cluster, and a second run executes nothing; says how many tasks were at work on average. The second: a stage of 1,000 parts of
 * 0.1 s, here and there, six at a time. Exit code 1 where they differ.
 */
const [what = 'table2-frontal', choice] = process.argv.slice(2);
const missing = missingSlurm();
if (missing !== undefined) throw new Error(`${missing} is not installed (Debian: slurmctld slurmd slurm-client munge)`);
const slurm = await RealSlurm.start(3);
try {
  if (what === 'overhead') {
    const { parts, here, there } = await overhead(slurm, Number(choice ?? 1000));
    const ideal = (parts * 0.1) / 6;
    const line = (place: string, seconds: number): string =>
      `| ${place} | ${seconds.toFixed(1)} | ${((1000 * (seconds - ideal)) / parts).toFixed(1)} |`;
    console.log(`${parts} parts of 0.1 s, six at a time: ${ideal.toFixed(1)} s by themselves`);
    console.log('| place | seconds | more a part, in ms |\n| --- | ---: | ---: |');
    console.log([line('this machine', here), line('Slurm', there)].join('\n'));
  } else {
    const found = await agreement(slurm, what, choice === undefined ? {} : { profile: choice });
    const time = ({ seconds, atWork }: typeof found.here): string =>
      `${seconds.toFixed(0)} s with ${atWork.toFixed(2)} tasks at work on average`;
    console.log(`${what}: ${found.results} results, ${found.reportFiles} files of the report`);
    console.log(`here ${time(found.here)}; on Slurm ${time(found.there)}, in ${found.jobs} jobs on three nodes`);
    console.log(
      `differing: ${[...found.differing, ...found.reportDiffers].join(', ') || 'nothing'}; again: ${found.again} executed`,
    );
    if (found.differing.length + found.reportDiffers.length + found.again > 0) process.exitCode = 1;
  }
  const left = await slurm.noJobs();
  if (left.length > 0) throw new Error(`jobs left in the queue: ${left.join(', ')}`);
} finally {
  await slurm.stop();
}
