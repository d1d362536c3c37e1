import assert from 'node:assert/strict';
import { experiment, Project } from './project.js';

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
