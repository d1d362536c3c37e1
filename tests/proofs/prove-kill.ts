/**
 * `npm run prove:kill [MOMENTS] [SEED]`: kills whole runs at random moments, and shows that the next run finishes with the same
 * bits and does nothing twice.
 */
import { killAtMoments } from './killed.js';

const [moments = 30, seed = 1] = process.argv.slice(2).map(Number);

const seen = await killAtMoments(moments, seed, ({ lines, published, executed }) => {
  console.log(
    `killed after ${String(lines).padStart(2)} lines: ${String(published).padStart(2)} published; the next run executed ${executed}`,
  );
});
const amid = seen.filter(({ published }) => published > 0).length;
console.log(`${seen.length} moments, ${amid} of them with something published: nothing done twice, the same bits`);
