import assert from 'node:assert/strict';
import type { TablePlan } from '../../src/engine/run/record.js';
import { tableRemarks } from '../../src/report/formats/remarks.js';
import { buildTable } from '../../src/report/tables/table.js';
import { smallRun } from './small-run.js';

describe('a number that is printed as zero', () => {
  it('is said not to be zero', () => {
    const { run, noise } = smallRun({ small: [{ metrics: { m: -1.1e-9 } }], zero: [{ metrics: { m: 0 } }] });
    const plan = {
      id: 't',
      columns: [{ label: 'loss', metric: 'm' }],
      rows: [{ label: 'Small' }, { label: 'Zero' }],
      cells: [[['small[replicate=1]']], [['zero[replicate=1]']]],
      percent: false,
      best: 'none',
    };
    const remarks = (digits: number): string => {
      const table = buildTable(
        { ...plan, digits } as unknown as TablePlan,
        run,
        { notices: new Map(), kinds: new Map() },
        noise,
      );
      return tableRemarks(table).join(' ');
    };
    assert.match(remarks(3), /Small, loss: a value of -1\.1e-9 is less than what 3 digits show \(`digits`\)\./);
    assert.doesNotMatch(remarks(9), /less than what/);
  });
});
