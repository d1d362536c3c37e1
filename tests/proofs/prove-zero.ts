import { verdictsIn } from './intervals/zero-effect.js';

/**
 *     npm run prove:zero [-- --worlds 500 --first 0]
 *
 * Simulates worlds without an effect and prints how often claims about it are decided. Exit code 1 where one is in more than 5 % of the
 * worlds, and two standard errors of so many.
 */
const option = (name: string, otherwise: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1]!;
};
const worlds = Number(option('worlds', '500'));
const first = Number(option('first', '0'));
const counts = new Map<string, { reproduced: number; 'not reproduced': number; undecided: number }>();
for (let world = first; world < first + worlds; world += 1) {
  for (const [question, verdict] of verdictsIn(world)) {
    const count = counts.get(question) ?? { reproduced: 0, 'not reproduced': 0, undecided: 0 };
    count[verdict] += 1;
    counts.set(question, count);
  }
}
console.log(`| claim, of ${worlds} worlds | reproduced | not reproduced | decided |\n| --- | ---: | ---: | ---: |`);
for (const [question, count] of counts) {
  const share = (count.reproduced + count['not reproduced']) / worlds;
  console.log(`| ${question} | ${count.reproduced} | ${count['not reproduced']} | ${(100 * share).toFixed(1)} % |`);
  if (share > 0.05 + 2 * Math.sqrt((0.05 * 0.95) / worlds)) process.exitCode = 1;
}
