import { simulate } from '../engine/run/cluster/simulated-cluster.js';

/**
 *     npm run prove:cluster [-- --parts 100000 --slots 2000]
 *
 * So many parts on a simulated cluster of so many jobs at a time. Exit code 1 beyond 1 GiB, 2 ms of processor time a part, or one
 * question to the controller in ten seconds. Letters and answers are real files; the simulated jobs' time counts too.
 */
const option = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const [parts, slots] = [option('parts', 100_000), option('slots', 2000)];
const found = await simulate({ parts, slots, secondsEach: 40 });
const memory = process.resourceUsage().maxRSS / 1024;
const each = (1000 * found.processorSeconds) / parts;
console.log(
  `${parts} parts, at most ${found.most} jobs at a time: ${found.seconds.toFixed(0)} s, ${each.toFixed(2)} ms of processor time a part, ` +
    `${memory.toFixed(0)} MiB, ${found.submissions} submissions, ${found.queries} questions`,
);
const isWhole = found.done.length === parts && new Set(found.done).size === parts && found.failed === 0;
const isCheap = each < 2 && memory < 1024 && found.queries <= 1 + found.seconds / 10 && found.most <= slots;
if (!isWhole || !isCheap) process.exitCode = 1;
