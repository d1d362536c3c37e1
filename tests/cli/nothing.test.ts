import assert from 'node:assert/strict';
import { experiment, Project } from './project.js';

describe('an experiment without a report', function () {
  this.timeout(30_000);

  it('is told so where fx report is asked for one', async () => {
    const stages = '  one: { uses: ./stages/mine.ts#write, with: { text: a } }\n';
    const project = new Project({ 'bare.yaml': experiment('bare', stages) });
    try {
      assert.equal((await project.fx('run', 'bare.yaml')).code, 0);
      const { code, err } = await project.fx('report', 'bare.yaml');
      assert.notEqual(code, 0);
      assert.match(err, /^error: bare\.yaml has no report/);
    } finally {
      project.remove();
    }
  });
});

describe('an experiment without stages', function () {
  this.timeout(30_000);

  it('has nothing to run, and is told so', async () => {
    const project = new Project({ 'none.yaml': experiment('none', '').replace('stages:', 'stages: {}') });
    try {
      for (const words of [['plan'], ['why'], ['run', '--no-report']]) {
        const { code, out, err } = await project.fx(words[0]!, 'none.yaml', ...words.slice(1));
        assert.equal(code, 0, err);
        assert.match(`${out}${err}`, /^(none: )?nothing to run: the experiment has no stages\n$/);
      }
    } finally {
      project.remove();
    }
  });
});
