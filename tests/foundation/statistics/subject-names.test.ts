import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors, SafetensorsFile } from '../../../src/foundation/formats/safetensors.js';
import { encodeOutcomes, meanOutcome, outcomesOf, readOutcomes } from '../../../src/foundation/statistics/outcomes.js';
import { subjectName } from '../../../src/foundation/statistics/subject-names.js';

describe('the name of a subject', () => {
  const alike = (a: string, b: string, one?: string, other = one): boolean =>
    subjectName(a, one) !== undefined && subjectName(a, one) === subjectName(b, other);

  it('in full means one person in any set, however it is written', () => {
    for (const other of ['Aaron Peirsol', 'aaron_peirsol', 'Aaron-Peirsol', 'AARON  PEIRSOL'])
      assert.ok(alike('Aaron_Peirsol', other, 'lfw', 'cfp'), other);
    assert.ok(alike('Aaron_Peirsol', 'Aaron_Peirsol'));
    assert.ok(alike('Rene\u0301_Mu\u0308ller', 'Ren\u00e9 M\u00fcller'));
    assert.ok(alike('Michael_J_Fox', 'michael j fox'));
    for (const other of ['Aaron_Peirson', 'Aaron_A_Peirsol', 'Peirsol_Aaron'])
      assert.ok(!alike('Aaron_Peirsol', other, 'lfw'), other);
  });

  it('that is none in full means one subject in one set alone, and nobody outside of any', () => {
    for (const name of [
      '001',
      '17',
      's1',
      'Standin_0001',
      'person_b',
      'Abdullah',
      'n000017',
      'Aaron_Peirsol_2',
      '',
      '٣_أحمد_علي',
    ]) {
      assert.ok(alike(name, name, 'lfw'), name);
      assert.ok(!alike(name, name, 'lfw', 'cfp'), name);
      assert.equal(subjectName(name, undefined), undefined, name);
    }
    assert.ok(!alike('s1', 'S1', 'set'), 'letters count as they are written');
  });

  it('is the first 64 bits of a digest that anyone can compute', () => {
    const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
    assert.equal(subjectName('Aaron_Peirsol', 'x'), digest('["fx/subject@1","name","aaron peirsol"]'));
    assert.equal(subjectName('001', 'x'), digest('["fx/subject@1","member","x","001"]'));
  });
});

describe('outcomes that name their subjects', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'fx-subject-names-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const path = (): string => join(folder, 'outcomes.safetensors');

  const metrics = [meanOutcome('m', [1, 2, 4])];
  const given = { items: ['a', 'b', 'c'], subjects: ['7', '8', '7'], metrics };

  it('hold digests alone, and come back as they were written', () => {
    const outcomes = outcomesOf({ ...given, set: 'patients' });
    assert.deepEqual(
      [...outcomes.names!],
      [0, 1].map((label) => [label, subjectName(['7', '8'][label]!, 'patients')]),
    );
    writeFileSync(path(), encodeOutcomes(outcomes));
    const read = readOutcomes(path());
    assert.ok(read.ok, JSON.stringify(read));
    assert.deepEqual(read.value, outcomes);
    // The items are the same whether or not it is known who the subjects are: old results go with new ones.
    assert.equal(outcomes.items, outcomesOf(given).items);
  });

  it('name all of them or none, and no two alike', () => {
    assert.equal(outcomesOf(given).names, undefined);
    const named = (subjects: readonly string[]) => outcomesOf({ ...given, subjects }).names?.size;
    assert.equal(named(['Ada Lovelace', 'Alan Turing', 'Ada Lovelace']), 2);
    assert.equal(named(['Ada Lovelace', 'Alan Turing', '9']), undefined);
    assert.equal(named(['Ada Lovelace', 'Alan Turing', 'ada_lovelace']), undefined);
  });

  it('are refused where names are not one for each subject; a file without them is read', () => {
    const outcomes = outcomesOf({ ...given, set: 'patients' });
    writeFileSync(path(), encodeOutcomes(outcomesOf(given)));
    const file = SafetensorsFile.open(path());
    assert.ok(file.ok);
    const { metadata } = file.value;
    file.value.close();
    const tensors = {
      subjects: { shape: [3, 2], data: outcomes.subjects },
      influence: { shape: [1, 3], data: metrics[0]!.influence },
    };
    const withNames = (rows: readonly (readonly number[])[], columns = 3): boolean => {
      const names = { shape: [rows.length, columns], data: Uint32Array.from(rows.flat()) };
      writeFileSync(path(), encodeSafetensors({ ...tensors, names }, metadata));
      return readOutcomes(path()).ok;
    };
    assert.ok(readOutcomes(path()).ok);
    assert.ok(
      withNames([
        [0, 1, 2],
        [1, 1, 3],
      ]),
    );
    assert.ok(
      withNames([
        [0, 1, 2],
        [1, 1, 3],
        [5, 0, 0],
      ]),
    );
    assert.ok(!withNames([[0, 1, 2]]), 'one has no name');
    assert.ok(
      !withNames([
        [0, 1, 2],
        [1, 1, 2],
      ]),
      'two have one name',
    );
    assert.ok(
      !withNames([
        [0, 1, 2],
        [1, 1, 3],
        [1, 1, 4],
      ]),
      'one has two names',
    );
    assert.ok(
      !withNames(
        [
          [0, 1],
          [1, 1],
        ],
        2,
      ),
      'half of a name',
    );
  });
});
