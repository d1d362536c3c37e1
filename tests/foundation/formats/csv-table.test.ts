import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { numberIn, readCsvTable } from '../../../src/foundation/formats/csv-table.js';
import { csvRows } from '../../../src/foundation/words/csv.js';

const fixture = (name: string): string => readFileSync(resolve('tests/foundation/fixtures', name), 'utf8');

describe('a CSV file with a head', () => {
  const cells = (text: string): readonly (readonly string[])[] => {
    const read = readCsvTable(text, 'x.csv');
    assert.ok(read.ok, read.ok ? '' : read.error[0].message);
    return [read.value.columns, ...read.value.rows];
  };

  it('is read as Python’s csv module wrote it', () => {
    assert.deepEqual(cells(fixture('odd.csv')), JSON.parse(fixture('odd.json')));
  });

  it('is read with every kind of line end, with blanks around cells, and without its last line end', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      assert.deepEqual(cells(`a,b${end}1, 2 ${end}${end}"3" ,4`), [
        ['a', 'b'],
        ['1', '2'],
        ['3', '4'],
      ]);
    }
    assert.deepEqual(cells('\ufeffa,b\n1,\n'), [
      ['a', 'b'],
      ['1', ''],
    ]);
  });

  it('may have cells of any length', () => {
    const long = 'x",\n'.repeat(1 << 20);
    const read = readCsvTable(`a,b\n1,"${long.replaceAll('"', '""')}"\n`, 'x.csv');
    assert.ok(read.ok && read.value.rows[0]![1] === long);
    const unclosed = readCsvTable(`a,b\n1,"${'x'.repeat(1 << 23)}`, 'x.csv');
    assert.ok(!unclosed.ok && unclosed.error[0].message.includes('line 2: a quotation mark'));
  });

  it('comes back as it was written, whatever plain words it holds', () => {
    const cell = fc.stringMatching(/^[a-z0-9", ]{0,6}$/).map((word) => `x${word}x`);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
        const table = [['first', 'second'], ...rows];
        assert.deepEqual(cells(csvRows(table)), table);
      }),
    );
  });

  it('is refused with the line that is wrong', () => {
    const message = (text: string): string => {
      const read = readCsvTable(text, 'x.csv');
      assert.ok(!read.ok);
      return read.error[0].message;
    };
    assert.equal(message(''), 'x.csv: it is empty');
    assert.equal(message('a,b\n1,2\n\n1\n'), 'x.csv: line 4 has 1 cells for 2 columns (a, b)');
    assert.equal(message('a,a\n'), 'x.csv: two columns are called `a`');
    assert.equal(message('a,\n'), 'x.csv: a column has no name');
    assert.match(message('a\n"x\n'), /line 2: a quotation mark/);
    assert.match(message('a\n"x"y\n'), /line 2: a quotation mark/);
    assert.match(message('a,b\n1, "x, y"z\n'), /line 2: a quotation mark/);
  });

  it('holds numbers as programs print them, and no others', () => {
    assert.deepEqual(['1', '-2.5', '+3', '1e-3', '.5', '7.'].map(numberIn), [1, -2.5, 3, 0.001, 0.5, 7]);
    assert.deepEqual(
      ['', 'x', 'nan', 'inf', '0x10', '1,5', '1e999'].map(numberIn),
      Array.from({ length: 7 }, () => undefined),
    );
  });
});
