import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Outcomes } from '../../src/foundation/statistics/outcomes.js';
import { subjectName } from '../../src/foundation/statistics/subject-names.js';
import { outcomesFrom } from '../../src/plugins/command/outcomes.js';
import { progressIn } from '../../src/plugins/command/progress.js';
import { readSeries } from '../../src/plugins/command/series.js';

const outcomes = (text: string): Outcomes => {
  const read = outcomesFrom(text, 'items.csv');
  assert.ok(read.ok, read.ok ? '' : read.error[0]!.message);
  return read.value;
};
const message = (text: string): string => {
  const read = outcomesFrom(text, 'items.csv');
  assert.ok(!read.ok);
  return read.error.map((each) => each.message).join('; ');
};

describe('the outcomes of a program', () => {
  it('say who the subjects are by the set that the stage names, or by names in full', () => {
    const names = (text: string, set?: string) => {
      const read = outcomesFrom(text, 'items.csv', set);
      assert.ok(read.ok);
      return read.value.names && [...read.value.names.values()];
    };
    const numbered = 'item,subject,right\na,017,1\nb,018,0\nc,017,1\n';
    const written = 'item,subject,right\na,Ada Lovelace,1\nb,Alan Turing,0\n';
    assert.equal(names(numbered), undefined);
    assert.deepEqual(names(numbered, 'patients'), [subjectName('017', 'patients'), subjectName('018', 'patients')]);
    assert.deepEqual(names(written), [subjectName('Ada Lovelace', undefined), subjectName('Alan Turing', undefined)]);
    assert.deepEqual(names(written, 'patients'), names(written));
    assert.deepEqual(names('item,right\n7,1\n8,0\n', 'digits'), [
      subjectName('7', 'digits'),
      subjectName('8', 'digits'),
    ]);
  });

  it('give the mean of every column of numbers, and the share of right predictions', () => {
    const { metrics, subjects, words } = outcomes('item,loss,truth,prediction\na,1,x,x\nb,3,y,x\nc,2,y,y\nd,6,x,x\n');
    assert.deepEqual(
      metrics.map(({ name, value, bounds }) => ({ name, value, bounds })),
      [
        { name: 'accuracy', value: 0.75, bounds: [0, 1] },
        { name: 'loss', value: 3, bounds: undefined },
      ],
    );
    assert.deepEqual([...metrics[1]!.influence], [-0.5, 0, -0.25, 0.75]);
    assert.deepEqual([...subjects], [0, 0, 1, 1, 2, 2, 3, 3]);
    assert.equal(words.subjects, 'items');
  });

  it('are of the same items whatever order they stand in, and of others where an item or a subject differs', () => {
    const a = outcomes('item,subject,right\na,s,1\nb,s,0\nc,t,1\n');
    const b = outcomes('subject,right,item\nt,0,c\ns,1,a\ns,1,b\n');
    assert.equal(a.items, b.items);
    assert.deepEqual([...b.metrics[0]!.influence].map(Math.sign), [1, 1, -1]);
    assert.notEqual(a.items, outcomes('item,subject,right\na,s,1\nb,t,0\nc,t,1\n').items);
    assert.notEqual(a.items, outcomes('item,subject,right\na,s,1\nb,s,0\nd,t,1\n').items);
    assert.deepEqual([...a.subjects], [0, 0, 0, 0, 1, 1]);
  });

  it('take a label that is written as another number is for that number', () => {
    const [accuracy] = outcomes('item,truth,prediction\na,1,1.0\nb,0,0.0\nc,1,0.0\nd,x,x\n').metrics;
    assert.deepEqual([accuracy!.value, accuracy!.notes], [0.75, []]);
    assert.equal(outcomes('item,label,score\n1,0.0,0.1\n2,1.0,0.4\n').metrics[0]!.value, 1);
    assert.match(message('item,label,score\n1,1.0,0.1\n2,1,0.4\n'), /every label is the same/);
    assert.match(message('item,label,score\n1,2,0.1\n2,1,0.4\n'), /the label `2` is neither 0 nor 1/);
  });

  it('hold labels of many digits apart, which one double may stand for', () => {
    const accuracy = (truth: string, prediction: string): number =>
      outcomes(`item,truth,prediction\na,${truth},${prediction}\n`).metrics[0]!.value;
    for (const [truth, prediction] of [
      ['9007199254740993', '9007199254740992'],
      ['12345678901234567890', '12345678901234567899'],
      ['0.10000000000000001', '0.1'],
      ['-1', '1'],
    ] as const)
      assert.equal(accuracy(truth, prediction), 0, `${truth} ${prediction}`);
    for (const [truth, prediction] of [
      ['9007199254740993', '9007199254740993.0'],
      ['1', '1.000000000000000000e+00'],
      ['100', '1e2'],
      ['0.05', '5E-2'],
      ['-0', '0.0'],
      ['007', '7'],
    ] as const)
      assert.equal(accuracy(truth, prediction), 1, `${truth} ${prediction}`);
  });

  it('say where predictions are no labels', () => {
    const [accuracy] = outcomes('item,truth,prediction\na,cat,0\nb,dog,1\n').metrics;
    assert.deepEqual([accuracy!.value, accuracy!.notes], [0, ['no prediction is one of the values of `truth`']]);
  });

  it('have a name for every item and subject: those without would be one', () => {
    assert.match(message('item,subject,right\na,s,1\nb,,0\nc,,1\n'), /a cell of column `subject` is empty/);
    assert.match(message('item,right\n,1\nb,0\n'), /a cell of column `item` is empty/);
  });

  it('give the area under the ROC curve as scikit-learn’s manual has it', () => {
    const { metrics } = outcomes('item,label,score\n1,0,0.1\n2,0,0.4\n3,1,0.35\n4,1,0.8\n');
    assert.equal(metrics[0]!.name, 'auc');
    assert.equal(metrics[0]!.value, 0.75);
  });

  it('give its influences as every pair of items defines them (DeLong 1988), ties among them', () => {
    const item = fc.record({ label: fc.boolean(), score: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(fc.array(item, { minLength: 4, maxLength: 20 }), (given) => {
        const items = [{ label: true, score: 3 }, { label: false, score: 2 }, ...given];
        const lines = items.map(({ label, score }, i) => `${String(i).padStart(2, '0')},${label ? 1 : 0},${score}`);
        const { value, influence } = outcomes(`item,label,score\n${lines.join('\n')}\n`).metrics[0]!;
        const above = (a: number, b: number): number => (a > b ? 1 : a === b ? 0.5 : 0);
        const positives = items.filter(({ label }) => label);
        const negatives = items.filter(({ label }) => !label);
        let area = 0;
        for (const p of positives) for (const n of negatives) area += above(p.score, n.score);
        area /= positives.length * negatives.length;
        assert.ok(Math.abs(value - area) < 1e-12);
        for (const [i, { label, score }] of items.entries()) {
          const others = label ? negatives : positives;
          const placement =
            others.reduce((sum, o) => sum + (label ? above(score, o.score) : above(o.score, score)), 0) / others.length;
          const expected = (placement - area) / (label ? positives.length : negatives.length);
          assert.ok(Math.abs(influence[i]! - expected) < 1e-12);
        }
      }),
    );
  });

  it('say what is wrong with them', () => {
    assert.match(message('right\n1\n'), /no column `item`/);
    assert.match(message('item,right\n'), /no items/);
    assert.match(message('item,right\na,1\na,0\n'), /`a` is given twice/);
    assert.match(message('item\na\n'), /nothing to measure/);
    assert.match(message('item,right\na,yes\n'), /`yes` in column `right` is not a finite number/);
    assert.match(message('item,score\na,1\n'), /`label` and `score` go together/);
    assert.match(message('item,label,score\na,2,1\n'), /the label `2` is neither 0 nor 1/);
    assert.match(message('item,label,score\na,1,1\n'), /every label is the same/);
    assert.match(message('item,truth,prediction,accuracy\na,x,x,1\n'), /two metrics would be called `accuracy`/);
  });
});

describe('the series of a program', () => {
  it('are columns by step, with holes where nothing was measured', () => {
    const read = readSeries('epoch,loss,error\n1,0.5,\n2,0.25,0.1\n', 'curve.csv');
    assert.deepEqual(read, {
      ok: true,
      value: {
        step: 'epoch',
        values: {
          loss: [
            [1, 0.5],
            [2, 0.25],
          ],
          error: [[2, 0.1]],
        },
      },
    });
  });

  it('say what is wrong with them', () => {
    const wrong = (text: string): string => {
      const read = readSeries(text, 'curve.csv');
      assert.ok(!read.ok);
      return read.error[0]!.message;
    };
    assert.match(wrong('epoch\n1\n'), /one column alone/);
    assert.match(wrong('epoch,loss\n1,nan\n'), /`nan` in column `loss` is not a finite number/);
    assert.match(wrong('epoch,loss\n,1\n'), /a step of `epoch` is missing/);
  });
});

describe('the progress of a program', () => {
  it('is read from lines of its own, and from bars of tqdm', () => {
    assert.deepEqual(progressIn('progress 3/10 epochs'), { done: 3, total: 10, unit: 'epochs' });
    assert.deepEqual(progressIn('Progress: 3 / 10'), { done: 3, total: 10, unit: 'steps' });
    const bar =
      '\rtrain:   0%|          | 0/50 [00:00<?, ?it/s]\rtrain:  46%|████▌     | 23/50 [00:01<00:01, 22.86it/s]';
    assert.deepEqual(progressIn(bar), { done: 23, total: 50, unit: 'steps' });
    assert.deepEqual(progressIn(' 50%|█████     | 1/2 [00:05<00:05,  5.00s/epoch]'), {
      done: 1,
      total: 2,
      unit: 'epochs',
    });
  });

  it('is not seen in other lines', () => {
    for (const line of ['', 'loss 3/10', 'progress is slow', 'progress 11/10', 'progress 0/0', '50% of 1/2'])
      assert.equal(progressIn(line), undefined, line);
  });
});
