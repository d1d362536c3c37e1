import assert from 'node:assert/strict';
import { imageList, type ImageList } from '../../../src/plugins/recognition/datasets/sets/image-list.js';
import { exclude, keepOnly, parseNameList } from '../../../src/plugins/recognition/datasets/formats/name-list.js';

function setOf(...names: readonly string[]): ImageList {
  const list = imageList('folder', names.map((name) => ({ name, file: name, identity: name.split('/')[0]! }))); // prettier-ignore
  assert.ok(list.ok);
  return list.value;
}

const CASIA = setOf('0000045/001.jpg', '0000045/002.jpg', '0000099/001.jpg', '0000513/001.jpg', '0004763/001.jpg');
const NAMED = setOf('Adam Brody/1.jpg', 'Adam/1.jpg', 'Ann_Smith/1.jpg', 'Bo, Jr./1.jpg', "Sinead O'Connor/1.jpg");

/** Persons that are left, and what was said. */
function left(list: ImageList, text: string): { persons: readonly string[]; said: readonly string[] } {
  const result = exclude(list, parseNameList(text, 'list.txt'));
  assert.ok(result.ok, result.ok ? '' : result.error[0]!.message);
  return { persons: result.value.list.identities, said: result.value.warnings.map(({ message }) => message) };
}

describe('a list of persons to leave out is read right', () => {
  const two = ['0000045', '0000099'];
  for (const [form, text] of [
    [
      'columns divided by commas and spaces below a header',
      'webface_id, webface_name, lfw_name\n0000513, A(Aa), A\n0004763, B, B\n',
    ],
    ['columns divided by commas', '0000513,Some Name\n0004763,Another\n'],
    ['columns divided by tabs', '0000513\tSome Name\t3\n0004763\tAnother\t4\n'],
    ['columns divided by semicolons, in quotes', '"id";"name"\n"0000513";"Some Name"\n"0004763";"Another"\n'],
    ['columns divided by bars', '0000513|Some Name\n0004763|Another\n'],
    ['columns divided by spaces, numbers of another kind behind', '0000513 Some_Name 17\n0004763 Another 4\n'],
    ['the names in the second column', 'row,person\n0,0000513\n1,0004763\n'],
    ['the names in the last column, without a header', 'Some Name,0000513\nAnother,0004763\n'],
    ['paths of another system, below another folder', 'D:\\CASIA-WebFace\\0000513\\\nCASIA-WebFace/0004763/\n'],
    ['Windows’ line ends and a byte order mark, with remarks', '\uFEFF# overlap\r\n0000513 # one\r\n\r\n0004763\r\n'],
    ['images of the persons', './0000513/001.jpg 1\nCASIA/0004763/001.jpg 1\n'],
    ['two separators in a row', '0000513,,,Some Name\n0004763,,,Another\n'],
    ['a separator before the names', ',0000513\n,0004763\n'],
    ['a separator behind the names', '0000513;\n0004763;\n'],
    ['a comma and a tab between columns', '0000513,\tSome Name\n0004763,\tAnother\n'],
    ['an arrow between columns', '0000513 -> Some_Name\n0004763 -> Another\n'],
    ['spaces that do not break', '0000513\u00a0Some\u00a0Name\n0004763\u00a0Another\n'],
    ['form feeds at the ends of lines', '0000513\f\n0004763\f\n'],
    ['a list of YAML', "- '0000513'\n- '0004763'\n"],
    ['numbers before the names', '1. 0000513\n2. 0004763\n'],
    ['a person twice', '0000513\n0000513\n0004763\n'],
    ['lines ended by CR alone', '0000513\r0004763\r'],
    ['lines ended by a separator of Unicode', '0000513\u20280004763\u2029'],
    ['a list of JSON, a name a line', '[\n  "0000513",\n  "0004763"\n]\n'],
  ] as const) {
    it(form, () => assert.deepEqual(left(CASIA, text), { persons: two, said: [] }));
  }

  it('names with spaces, commas and quotation marks are whole names, and the first word of one is nobody', () => {
    assert.deepEqual(left(NAMED, 'Adam Brody\nBo, Jr.\nAnn Smith\n').persons, ['Adam', "Sinead O'Connor"]);
    assert.deepEqual(left(NAMED, `"Adam Brody"\n'Ann_Smith'\n"Sinead O'Connor"\n`).persons, ['Adam', 'Bo, Jr.']);
    assert.deepEqual(left(NAMED, '"Bo, Jr.",3\n"Adam Brody",4\n').persons, ['Adam', 'Ann_Smith', "Sinead O'Connor"]);
    const { persons, said } = left(NAMED, 'Ann_Smith\nAdam Brody\nAdam Somebody\n');
    assert.ok(persons.includes('Adam'), 'Adam Somebody is not Adam');
    assert.deepEqual(said, ['Adam Somebody is listed to be left out, but the data set has no such person or image (list.txt:3)']); // prettier-ignore
  });

  it('and is an error if less than half of it names anyone here, with an example and its line', () => {
    for (const text of ['nobody\n', 'a, b\nc, d\n', '0000513\nx\ny\n', '45\n99\n', 'id,name\nx,y\n']) {
      const result = exclude(CASIA, parseNameList(text, 'list.txt'));
      assert.ok(!result.ok, text);
      assert.equal(result.error[0]!.code, 'datasets/list-of-another-set');
      assert.match(result.error[0]!.message, /^list\.txt is to be left out, but (none|only 1) of its \d+ lines names? .*line \d+ says/); // prettier-ignore
    }
    assert.equal(left(CASIA, '0000513\nx\n').said.length, 1, 'half of it is not less than half');
  });

  it('and is an error if a line names several persons, whatever stands between them', () => {
    for (const line of [
      '0000513, 0004763',
      '0000513 0004763',
      '0000513;0004763',
      '0000513\t0004763',
      '0000513|0004763',
      '["0000513", "0004763"]',
      '0000513/001.jpg 0004763/001.jpg',
      'pair 0000513 1 0004763 1',
    ]) {
      const result = exclude(CASIA, parseNameList(`0000045\n${line}\n`, 'list.txt'));
      assert.ok(!result.ok, line);
      assert.match(result.error[0]!.message, /^line 2 of list\.txt names several persons of this data set/);
    }
    assert.deepEqual(left(NAMED, '"Ann_Smith"\nAdam Brody\n').persons, ['Adam', 'Bo, Jr.', "Sinead O'Connor"]);
  });

  it('and is an error in a form that is not read', () => {
    for (const text of [
      '0000513: Some Name\n0004763: Another\n',
      '0000513:3\n0004763:4\n',
      '0000513\u200b\n0004763\u200b\n',
      '="0000513"\n="0004763"\n',
      '\u201c0000513\u201d\n\u201c0004763\u201d\n',
      '0000513/*\n0004763/*\n',
      '513\n4763\n',
    ])
      assert.ok(!exclude(CASIA, parseNameList(text, 'list.txt')).ok, JSON.stringify(text));
    assert.ok(!exclude(setOf('Jos\u00e9/1.jpg'), parseNameList('Jose\u0301\n')).ok, 'another spelling in Unicode');
  });

  it('and says so where it is empty', () => {
    assert.deepEqual(left(CASIA, '# nobody yet\n').said, ['list.txt names no one, so nothing is excluded']);
  });

  it('as is a list of what to keep', () => {
    const kept = keepOnly(NAMED, parseNameList('name,n\n"Bo, Jr.",3\nAdam Brody,4\n'));
    assert.ok(kept.ok);
    assert.deepEqual(kept.value.list.identities, ['Adam Brody', 'Bo, Jr.']);
    assert.ok(!keepOnly(NAMED, parseNameList('nobody\n')).ok);
  });
});
