import assert from 'node:assert/strict';
import { verdictsIn } from './intervals/zero-effect.js';

/** The short form of `npm run prove:zero`. */
const WORLDS = 20;
const PROTOCOLS = ['multipie', 'lfw'] as const;

function decided(effect: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let world = 0; world < WORLDS; world += 1)
    for (const [question, verdict] of verdictsIn(world, PROTOCOLS, effect))
      counts.set(question, (counts.get(question) ?? 0) + (verdict === 'undecided' ? 0 : 1));
  return counts;
}

describe('claims about worlds without an effect', function () {
  this.timeout(600_000);

  it('are hardly ever decided, however they are asked and however often one looks', () => {
    // Of 20 worlds at 5 %, four or more with a chance of 1.6 %.
    for (const [question, count] of decided(1)) assert.ok(count <= 3, `${question}: ${count} of ${WORLDS}`);
  });

  it('and are mostly decided where there is one', () => {
    for (const [question, count] of decided(1.35)) assert.ok(count >= WORLDS / 2, `${question}: ${count} of ${WORLDS}`);
  });
});
