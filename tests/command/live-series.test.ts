import assert from 'node:assert/strict';
import type { RunEvent } from '../../src/engine/run/event.js';
import { Project } from '../cli/project.js';

/** Trains for some seconds, as far as anyone can see; each row comes in two pieces. */
const TRAIN = `
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
appendFileSync('curve.csv', 'epoch,loss,rate\\n');
for (let epoch = 1; epoch <= 6; epoch += 1) {
  appendFileSync('curve.csv', epoch + ',0.' + epoch);
  await sleep(400);
  appendFileSync('curve.csv', '25,' + (epoch === 3 ? '' : 1) + '\\n');
  console.log('end of epoch ' + epoch);
  await sleep(300);
}
`;

const STUDY = `fx: 1
name: study
stages:
  train:
    uses: command
    with:
      run: [node, '{script}']
      sources: { script: ./train.mjs }
      outputs: [curve.csv]
      series: curve.csv
`;

describe('the series of a program at work', () => {
  it('are heard as it appends to them: whole rows, each once, and all of them in the end', async () => {
    const project = new Project({ 'train.mjs': TRAIN, 'study.yaml': STUDY });
    try {
      const { code, out, err } = await project.fx('run', 'study.yaml', '--json');
      assert.equal(code, 0, err);
      const events = out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as RunEvent);
      const points = events.filter((event) => event.event === 'point');
      const last = events.findIndex((event) => event.event === 'log' && event.line === 'end of epoch 6');
      assert.ok(last > events.indexOf(points[0]!), 'the first point came after the last row');
      assert.deepEqual(
        points.map(({ step, values }) => [step, values]),
        [1, 2, 3, 4, 5, 6].map((epoch) => [
          epoch,
          { loss: Number(`0.${epoch}25`), ...(epoch === 3 ? {} : { rate: 1 }) },
        ]),
      );
    } finally {
      project.remove();
    }
  });
});
