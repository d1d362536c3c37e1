import assert from 'node:assert/strict';
import { DESIGNS, drawShared, heldIn } from './intervals/shared-subjects.js';

/** The short form of `npm run prove:shared`. Worlds are drawn by number, so that what is found is the same every time. */
const WORLDS = { items: 150, couples: 200, pairs: 8 };

describe('95 % intervals of a mean over columns that share subjects', function () {
  this.timeout(600_000);

  for (const design of DESIGNS)
    it(`hold the truth about as often as they say where columns name their subjects: ${design}`, () => {
      for (const { metric, share, of, trainings, named, nameless } of drawShared(design, {
        first: 0,
        worlds: WORLDS[design],
      })) {
        const [after, before] = [heldIn(named, design), heldIn(nameless, design)];
        const what = `${metric}, ${of}, ${trainings}, ${share}: ${after.held}, without names ${before.held}`;
        // Three standard errors.
        const slack = 3 * Math.sqrt((0.95 * 0.05) / named.length);
        assert.ok(after.held >= 0.95 - slack, what);
        if (share === 0) assert.deepEqual(named, nameless, what);
        if (share === 1 && (design !== 'pairs' || of === 'one')) assert.ok(before.width < 0.97 * after.width, what);
        if (share === 1 && design !== 'pairs' && trainings === 1) assert.ok(before.held < 0.95 - slack, what);
      }
    });
});
