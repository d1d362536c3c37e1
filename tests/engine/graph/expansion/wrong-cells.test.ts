import assert from 'node:assert/strict';
import { readWorld, told } from '../world.js';

/** A stage of `sides` to the power of four cells, all wrong by `value`. */
function matrix(sides: number, value: string): string {
  const numbers = Array.from({ length: sides }, (_, i) => i + 8).join(', ');
  return `fx: 1
name: t
stages:
  s:
    uses: test/generate
    matrix: { identities: [${numbers}], samples: [${numbers}], seed: [${numbers}], size: [${numbers}] }
    with: { noise: ${value} }
`;
}

describe('a matrix of which every cell is wrong', () => {
  for (const [value, what] of [
    ["'${matrix.none}'", /there is no parameter, profile value or stage `matrix\.none`/],
    ['120%', /`noise` must be between 0 and 1, but is the text `120%`/],
    ['{ a: 1 }', /`noise` must be a fraction/],
    ["'${profile.none}'", /profile value or stage `profile\.none`/],
  ] as const)
    it(`is told once, with how many cells: ${value}`, async () => {
      const few = await told(matrix(2, value));
      assert.match(few, what);
      assert.match(few, /\(in all 16 of s\)/);
      const { result } = await readWorld({ 'a.yaml': matrix(10, value) });
      assert.ok(!result.ok);
      assert.equal(result.error.length, 1);
      assert.match(result.error[0]!.message, what);
      assert.match(result.error[0]!.message, /\(in s\[identities=8,.*\] and at least 999 more\)$/);
    });

  it('costs seconds at most', async () => {
    const began = process.cpuUsage();
    await readWorld({ 'a.yaml': matrix(17, "'${matrix.none}'") });
    const { user, system } = process.cpuUsage(began);
    assert.ok((user + system) / 1e6 < 10, `${(user + system) / 1e6} s`);
  });
});
