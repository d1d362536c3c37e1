import assert from 'node:assert/strict';
import { Project } from './project.js';

const KIND = `import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { list, number, object, ok } from 'runpaper/stage';
export const kind = {
  name: 'kind', says: 'Takes numbers apart.', produces: 'x',
  parameters: object({ of: list(number({ says: 'One.' }), { says: 'Numbers.' }) }, { says: 'Numbers.' }),
  division: {
    shape: 'shards',
    parts: ({ of }: any) => PARTS.map((n: number, i: number) => ({ id: 'p' + i, parameters: { n } })),
    run: async ({ part: { parameters: { n } }, workspace }: any) => {
      writeFileSync(join(workspace, n + '.txt'), String(n));
      return ok({ metrics: { n } });
    },
    gather: async ({ parts, parameters: { of }, workspace }: any) => {
      writeFileSync(join(workspace, 'all.txt'), of.join() + ' in ' + parts.map((part: any) => part.metrics.n).join());
      return ok({ metrics: { first: parts[0].metrics.n } });
    },
  },
};
`;

describe('the parameters that a kind of the user’s is handed', function () {
  this.timeout(60_000);

  it('cannot be changed by it: a list that it sorts in place is an error that names the line', async () => {
    const project = new Project({
      'stages/mine.ts': KIND.replace('PARTS', 'of.reverse()'),
      'e.yaml': 'fx: 1\nname: e\nstages: { k: { uses: ./stages/mine.ts#kind, with: { of: [1, 2, 3] } } }\n',
    });
    try {
      const { code, err } = await project.fx('run', 'e.yaml');
      assert.equal(code, 1, err);
      assert.match(
        err,
        /error: \.\/stages\/mine\.ts#kind threw TypeError: Cannot assign to read only .*mine\.ts:9:\d+\)/,
      );
      project.write('stages/mine.ts', KIND.replace('PARTS', 'of.toReversed()'));
      const sound = await project.fx('run', 'e.yaml');
      assert.equal(sound.code, 0, sound.err);
      assert.match((await project.fx('show', 'e.yaml', 'k')).out, /first\s+3/);
    } finally {
      project.remove();
    }
  });
});
