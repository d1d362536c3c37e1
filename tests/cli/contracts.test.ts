import assert from 'node:assert/strict';
import { experiment, Project } from './project.js';

/**
 * What scripts may rely on, field by field. Fields may be added; those here keep their names, types and meaning.
 */
const STUDY = experiment(
  'study',
  `  first:
    uses: ./stages/mine.ts#write
    with: { text: one, act: 'log:1' }
  pieces:
    uses: ./stages/mine.ts#shards
    with: { text: p, count: 3, act: 'sleep:80' }
  last:
    uses: ./stages/mine.ts#write
    with: { text: end, inputs: ['\${first}'] }
`,
);

const WRONG = experiment(
  'wrong',
  `  first:
    uses: ./stages/mine.ts#write
    with: { txt: one }
  second:
    uses: ./stages/mine.ts#write
    with: { text: two, inputs: ['\${frist}'] }
`,
);

type Fields = Readonly<Record<string, unknown>>;

/** The named fields of a value alone: others may have been added. */
function only(value: Fields, ...names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, value[name]]));
}

function lines(text: string): readonly Fields[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Fields);
}

describe('what scripts read', function () {
  this.timeout(120_000);
  let project: Project;
  before(() => {
    project = new Project({ 'study.yaml': STUDY, 'wrong.yaml': WRONG });
  });
  after(() => project.remove());

  const plan = async () => {
    const { code, out, err } = await project.fx('plan', 'study.yaml', '--json');
    assert.equal(code, 0, err);
    const [answer, ...more] = lines(out) as unknown as { schema: string; stages: Fields[] }[];
    assert.deepEqual(more, [], 'one line');
    assert.equal(answer!.schema, 'fx/plan@1');
    return answer!.stages
      .map((stage) => only(stage, 'id', 'kind', 'status', 'parts', 'reasons'))
      .sort((a, b) => String(a.id).localeCompare(String(b.id), 'en'));
  };
  const write = './stages/mine.ts#write';
  const shards = './stages/mine.ts#shards';

  it('fx plan --json: id, kind, status, parts and reasons of every stage', async () => {
    const never = ['never made before'];
    assert.deepEqual(await plan(), [
      { id: 'first', kind: write, status: 'run', parts: { known: 0, total: 1 }, reasons: never },
      { id: 'last', kind: write, status: 'pending', parts: { known: 0, total: 1 }, reasons: ['waits for first'] },
      { id: 'pieces', kind: shards, status: 'run', parts: { known: 0, total: 3 }, reasons: never },
    ]);
    assert.deepEqual(project.executed(), []);
  });

  it('fx run --json: an event a line, `finished` the last', async () => {
    const { code, out, err } = await project.fx('run', 'study.yaml', '--json');
    assert.equal(code, 0);
    assert.equal(err, '');
    const events = lines(out);
    assert.deepEqual(only(events[0]!, 'event', 'stages'), { event: 'started', stages: 3 });
    const finished = events.at(-1)!;
    assert.equal(typeof finished.seconds, 'number');
    assert.deepEqual(only(finished, 'event', 'ok', 'stages', 'parts'), {
      event: 'finished',
      ok: true,
      stages: { reused: 0, executed: 3, failed: 0, skipped: 0 },
      parts: { reused: 0, executed: 3 },
    });
    const of = (stage: string, event: string): readonly Fields[] =>
      events.filter((each) => each.stage === stage && each.event === event);
    assert.deepEqual(
      of('pieces', 'stage').map(({ status }) => status),
      ['running', 'executed'],
    );
    assert.ok(of('pieces', 'stage').every(({ key }) => /^[0-9a-f]{64}$/.test(String(key))));
    assert.deepEqual(of('first', 'log'), [{ event: 'log', stage: 'first', line: 'line 1' }]);
    const made = of('pieces', 'part').filter(({ status }) => status === 'executed');
    assert.deepEqual(made.map(({ part }) => part).sort(), ['piece-0', 'piece-1', 'piece-2']);
  });

  it('fx show --log: what a stage said, of one that failed until it succeeds', async () => {
    assert.equal((await project.fx('show', 'study.yaml', 'first', '--log')).out, 'line 1\n');
    project.edit('study.yaml', "text: one, act: 'log:1'", "text: uno, act: 'fail'");
    const failed = await project.fx('run', 'study.yaml', '--only', 'first');
    assert.equal(failed.code, 1);
    assert.match(failed.err, /the whole log: fx show study\.yaml first --log/);
    const steps = Array.from({ length: 30 }, (_, i) => `step ${i + 1}\n`).join('');
    assert.equal((await project.fx('show', 'study.yaml', 'first', '--log')).out, steps);
    project.edit('study.yaml', "text: uno, act: 'fail'", "text: one, act: 'log:1'");
  });

  it('fx show --json: the seconds of a divided stage are those of all its work', async () => {
    const { seconds, key } = await project.json<{ seconds: number; key: string }>('show', 'study.yaml', 'pieces');
    assert.match(key, /^[0-9a-f]{64}$/);
    assert.ok(seconds >= 0.2, `three pieces of 80 ms took ${seconds} s`);
  });

  it('the same where all is known, and where parts are', async () => {
    const reused = lines((await project.fx('run', 'study.yaml', '--json')).out).at(-1)!;
    assert.deepEqual(reused.stages, { reused: 3, executed: 0, failed: 0, skipped: 0 });
    assert.deepEqual(reused.parts, { reused: 0, executed: 0 });
    assert.ok((await plan()).every(({ status, reasons }) => status === 'hit' && (reasons as unknown[]).length === 0));
    project.edit('study.yaml', 'count: 3', 'count: 5');
    const pieces = (await plan()).find(({ id }) => id === 'pieces');
    assert.deepEqual(only(pieces!, 'status', 'parts'), { status: 'run', parts: { known: 3, total: 5 } });
    // An estimate of the two new pieces, from how long the three before took.
    const { seconds } = await project.json<{ seconds: number }>('plan', 'study.yaml');
    assert.ok(seconds >= 0.08 && seconds < 10, `${seconds} s for two pieces of 80 ms`);
    const grown = lines((await project.fx('run', 'study.yaml', '--json')).out).at(-1)!;
    assert.deepEqual(grown.stages, { reused: 2, executed: 1, failed: 0, skipped: 0 });
    assert.deepEqual(grown.parts, { reused: 3, executed: 2 });
  });

  it('a stage that fails: exit code 1, a diagnostic, and `ok` false in the last event', async () => {
    project.edit('study.yaml', "text: one, act: 'log:1'", "text: one, act: 'fail'");
    const { code, out } = await project.fx('run', 'study.yaml', '--json', '--keep-going');
    assert.equal(code, 1);
    const events = lines(out);
    const told = events.find(({ event }) => event === 'diagnostic') as unknown as { stage: string; diagnostic: Fields };
    assert.equal(told.stage, 'first');
    assert.deepEqual(only(told.diagnostic, 'code', 'severity', 'message'), {
      code: 'test/failed',
      severity: 'error',
      message: 'as the script says',
    });
    const finished = events.at(-1)!;
    assert.deepEqual(only(finished, 'event', 'ok', 'stages'), {
      event: 'finished',
      ok: false,
      stages: { reused: 1, executed: 0, failed: 1, skipped: 1 },
    });
  });

  it('fx check --json: code, severity, message, file, line, column and help of all that is wrong', async () => {
    const good = await project.fx('check', 'study.yaml', '--json');
    assert.deepEqual([good.code, JSON.parse(good.out)], [0, { schema: 'fx/diagnostics@1', diagnostics: [] }]);
    const { code, out, err } = await project.fx('check', 'wrong.yaml', '--json');
    assert.equal(code, 2);
    assert.equal(err, '');
    const answer = JSON.parse(out) as { schema: string; diagnostics: Fields[] };
    assert.equal(answer.schema, 'fx/diagnostics@1');
    const at = (known: string, line: number, column: number) => {
      return { code: known, severity: 'error', file: 'wrong.yaml', line, column };
    };
    assert.deepEqual(
      answer.diagnostics.map((each) => only(each, 'code', 'severity', 'message', 'file', 'line', 'column', 'help')),
      [
        {
          ...at('experiment/missing-key', 7, 5),
          message: './stages/mine.ts#write needs the key `text`',
          help: 'text: ',
        },
        {
          ...at('experiment/unknown-key', 7, 13),
          message: './stages/mine.ts#write has no key `txt`',
          help: 'did you mean `text`?',
        },
        {
          ...at('experiment/unknown-reference', 10, 33),
          message: 'there is no parameter, profile value or stage `frist`',
          help: 'did you mean `first`?',
        },
      ],
    );
  });

  it('a wrong experiment: every command that reads it gives those diagnostics, exit code 2, and executes nothing', async () => {
    project.executed();
    const commands = [['run'], ['plan'], ['why'], ['graph'], ['show'], ['get', 'first']];
    const told: unknown[] = [];
    for (const [command, ...more] of commands) {
      const { code, out } = await project.fx(command!, 'wrong.yaml', ...more, '--json');
      told.push([command, code, (JSON.parse(out) as { schema: string }).schema]);
    }
    assert.deepEqual(
      told,
      commands.map(([command]) => [command, 2, 'fx/diagnostics@1']),
    );
    assert.deepEqual(project.executed(), []);
  });
});
