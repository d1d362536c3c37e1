import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Project } from './project.js';

const KIND = `import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { object, ok, type StageKind } from 'runpaper/stage';

interface Unused {
  readonly none: string;
}
export const mine: StageKind<object> = {
  name: 'mine',
  says: 'Makes a number.',
  produces: 'number',
  parameters: object({}, { says: 'Nothing.' }),
  metrics: { a: { says: 'One.' } },
  shows: SHOWS,
  run: async ({ workspace }) => {
    writeFileSync(join(workspace, 'o.txt'), '1');
    return ok({ metrics: { a: 1 } });
  },
};
`;

const STUDY = `fx: 1
name: study
stages:
  m: { uses: ./stages/mine.ts#mine }
report:
  tables:
    - { id: t, rows: { M: m }, columns: { A: a } }
  figures:
    - { id: f, type: learning-curves, of: m }
`;

describe('a kind of the user’s that shows its results wrongly', function () {
  this.timeout(60_000);
  let project: Project;
  const shows = (text: string): void => project.write('stages/mine.ts', KIND.replace('SHOWS', text));
  beforeEach(() => {
    project = new Project({ 'package.json': '{ "name": "study", "private": true }', 'study.yaml': STUDY });
  });
  afterEach(() => project.remove());

  it('is told before anything runs where it is of the wrong shape', async () => {
    for (const [text, message] of [
      ['{ series: {} } as never', /`shows\.series` is an object, no function/],
      ['{ colour: 3 } as never', /`shows\.colour` is the number 3, no text/],
      ['{ figures: { f: { shape: "curve" } } } as never', /`shows\.figures\.f\.shape` is the string "curve", neither/],
      [
        '{ exports: { csv: { says: "x", unit: "rows" } } } as never',
        /`shows\.exports\.csv\.write` is undefined, no function/,
      ],
    ] as const) {
      shows(text);
      const { code, err } = await project.fx('check', 'study.yaml');
      assert.equal(code, 2, err);
      assert.match(err, message);
      assert.match(err, /study\.yaml:4:14/);
    }
  });

  it('costs its figure alone where it throws or gives something else, and the line of the source is named', async () => {
    for (const [text, message] of [
      [
        "{ series: async () => {\n    throw new Error('no luck');\n  } }",
        /the figure f is not drawn: .*mine threw Error: no luck \(at .*\/stages\/mine\.ts:15:11\)/,
      ],
      [
        '{ series: async () => ({ step: "a", values: { loss: [1, 2] } }) } as never',
        /the figure f is not drawn: `shows\.series` of .* returned an object, not/,
      ],
    ] as const) {
      shows(text);
      const { code, out, err } = await project.fx('run', 'study.yaml');
      assert.equal(code, 0, err);
      assert.match(err, message);
      assert.match(out, /M {2}1/);
    }
  });

  it('fails the command that asked for a sheet or an export, with a word', async () => {
    shows(
      `{ sheet: { says: 'x', options: object({}, { says: 'None.' }), draw: async () => 'png' },
    exports: { csv: { says: 'x', unit: 'rows', write: async () => { throw new Error('no room'); } } } } as never`,
    );
    assert.equal((await project.fx('run', 'study.yaml', '--only', 'm')).code, 0);
    const sheet = await project.fx('show', 'study.yaml', 'm', '--sheet', join(project.directory, 's.png'));
    assert.match(sheet.err, /`shows\.sheet\.draw` of .* returned the string "png", not the bytes of a PNG/);
    const exported = await project.fx('get', 'study.yaml', 'm', '--as', 'csv', '--to', 'out');
    assert.equal(exported.code, 1);
    assert.match(exported.err, /mine threw Error: no room/);
  });

  it('is told by the line of its source where it does not load', async () => {
    shows('{}');
    project.write('stages/mine.ts', `${project.read('stages/mine.ts')}throw new Error('at load');\n`);
    const { code, err } = await project.fx('check', 'study.yaml');
    assert.equal(code, 2);
    assert.match(err, /stages\/mine\.ts does not load: Error: at load \(at .*\/stages\/mine\.ts:20:7\)/);
  });
});
