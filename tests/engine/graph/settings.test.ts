import assert from 'node:assert/strict';
import { parseYaml } from '../../../src/engine/document/parse.js';
import { typeOf } from '../../../src/engine/experiment/parameters.js';
import { readGood, told } from './world.js';

const YAML = `fx: 1
name: t
parameters:
  note: { type: text, value: plain }
  title: a title
  names: { type: text, value: [a, b] }
  open: { type: text }
  yaw: { value: [-35 deg, 35 deg] }
  size: 64
profiles: { p: { values: { word: small, size: 96 } } }
stages:
  s: { uses: test/generate, with: { identities: 1 } }
`;

async function parameter(name: string, set: string[], environment: Record<string, string> = {}): Promise<unknown> {
  const { graph } = await readGood(YAML, { set, environment });
  return graph.parameters[name];
}

const TEXTS = [
  'Run #3',
  'a: b',
  'a #b',
  '# all of it',
  '[draft]',
  '{x',
  '007',
  '1e3',
  'true',
  'null',
  '~',
  '*star',
  '&anchor x',
  '!tag x',
  '%percent',
  '"quoted"',
  "it's",
  '- dash',
  ' blanks ',
  'two\nlines',
  'a\n--set size=1',
  '---',
  '',
  'ends: ',
  '50%',
  '35 deg',
  '${size}',
  '${nothing}',
  'costs ${size} and $${more}',
  '${',
  '${s}',
];

describe('a text given from outside', () => {
  it('is taken as it stands for a parameter of type text', async () => {
    for (const text of TEXTS) {
      assert.equal(await parameter('note', [`note=${text}`]), text);
      assert.equal(await parameter('open', [`open=${text}`]), text);
      assert.equal(await parameter('note', [], { FX_SET_NOTE: text }), text);
    }
  });

  it('is taken as it stands for a parameter whose value is text', async () => {
    for (const text of TEXTS.filter((each) => each !== 'a\n--set size=1'))
      assert.equal(await parameter('title', ['size=32', `title=${text}`]), text);
  });

  it('sets no other parameter by what is in it', async () => {
    const { graph } = await readGood(YAML, {
      set: ['note=a\n--set size=1'],
      environment: { FX_SET_TITLE: 'b\nFX_SET_SIZE=2' },
    });
    assert.equal(graph.parameters.size, 64);
    assert.equal(graph.parameters.title, 'b\nFX_SET_SIZE=2');
  });

  it('names nothing by a `${` in it, wherever it is put', async () => {
    const yaml = YAML.replace(
      's: { uses: test/generate, with: { identities: 1 } }',
      [
        "s: { uses: test/generate, with: { identities: 1, labels: ['${note}', 'of ${note}', '${profile.word}'] } }",
        "  m: { uses: test/generate, matrix: { labels: { one: ['${note}'] } }, with: { identities: 1 } }",
        "  o: { uses: test/generate, matrix: { l: { one: '${note}' } }, with: { identities: 1, labels: ['${matrix.l}'] } }",
      ].join('\n'),
    );
    for (const text of ['${size}', '${s}', 'a ${size} b', '$${size}', '${nothing', '${matrix.l}']) {
      const { graph } = await readGood(yaml, { set: [`note=${text}`, `profile.word=${text}`] });
      const labels = (id: string): unknown => graph.stages.find((stage) => stage.id === id)?.parameters.labels;
      assert.deepEqual(labels('s'), [text, `of ${text}`, text]);
      assert.deepEqual(labels('m[labels=one]'), [text]);
      assert.deepEqual(labels('o[l=one]'), [text]);
    }
  });

  it('still refers to others where YAML is wanted', async () => {
    assert.equal(await parameter('size', ['size=${profile.size}']), 96);
    assert.deepEqual(await parameter('names', ["names=[x, '${note}']"]), ['x', 'plain']);
  });

  it('is YAML for a list of texts and for quantities', async () => {
    assert.deepEqual(await parameter('names', ['names=[x, "y #2"]']), ['x', 'y #2']);
    assert.deepEqual(await parameter('yaw', ['yaw=[-20 deg, 20 deg]']), ['-20 deg', '20 deg']);
    assert.equal(await parameter('size', ['size= 32 ']), 32);
  });

  for (const [set, why] of [
    ['size=32 # small', 'begins a comment'],
    ['yaw=[-20 deg, # low\n 20 deg]', 'begins a comment'],
    ['names=[a, b] # two', 'begins a comment'],
    ['size=&x 32', 'name of an anchor'],
    ['size=!!int 32', 'begins a tag'],
    ['size=32\n---\n', 'ends a document'],
  ] as const)
    it(`is an error where YAML would drop a part of it: ${JSON.stringify(set)}`, async () => {
      const words = await told(YAML, { set: [set] });
      assert.match(words, /document\/dropped/);
      assert.ok(words.includes(why), words);
      const [name, ...value] = set.split('=');
      const variable = `FX_SET_${name!.toUpperCase()}`;
      assert.match(await told(YAML, { environment: { [variable]: value.join('=') } }), /document\/dropped/);
    });

  it('that is no YAML is an error where YAML is wanted', async () => {
    assert.match(await told(YAML, { set: ['yaw=['] }), /document\/syntax.*command line:1/s);
    assert.match(await told(YAML, { environment: { FX_SET_YAW: '[' } }), /document\/syntax.*environment:1/s);
  });

  it('is found at its place where it is wrong, also behind others', async () => {
    for (const value of ['[-20 deg, 20 px]', "['-20 deg', '20 px']"]) {
      const set = ['size=32', `yaw=${value}`];
      const column = '--set yaw='.length + value.search(/'?20 px/) + 1;
      assert.match(await told(YAML, { set }), new RegExp(`command line:2:${column}\\b`));
      const environment = { FX_SET_SIZE: '32', FX_SET_YAW: value };
      assert.match(await told(YAML, { environment }), new RegExp(`environment:2:${column + 1}\\b`));
    }
  });

  it('for a value of the profile goes by what that is', async () => {
    const yaml = YAML.replace(
      'with: { identities: 1 }',
      "with: { identities: 1, labels: ['${profile.word}'], size: '${profile.size}' }",
    );
    const { graph } = await readGood(yaml, { set: ['profile.word=Run #3', 'profile.size=32'] });
    assert.deepEqual(graph.stages[0]!.parameters.labels, ['Run #3']);
    assert.equal(graph.stages[0]!.parameters.size, 32);
    assert.match(await told(yaml, { set: ['profile.size=32 #3'] }), /document\/dropped/);
  });
});

describe('a profile that is not there', () => {
  it('is told where it is named: in the file, or else where the profiles are', async () => {
    const yaml = YAML.replace('fx: 1\n', 'fx: 1\nprofile: q\n');
    assert.match(await told(yaml), /there is no profile `q`[^]*a\.yaml:2:10\b/);
    assert.match(await told(yaml, { profile: 'r' }), /there is no profile `r`[^]*a\.yaml:11:1\b/);
    assert.match(await told(YAML, { profile: 'r' }), /there is no profile `r`[^]*a\.yaml:10:1\b/);
  });
});

describe('a settings file that would be passed over in silence', () => {
  for (const [text, says] of [
    ['set: 3\n', /`set` must be a map/],
    ['set: [a]\n', /`set` must be a map/],
    ['sets: { size: 1 }\n', /there is no setting `sets`/],
    ['cache: /tmp\n', /there is no setting `cache`/],
    ['constructor: 1\n', /there is no setting `constructor`/],
    ['remote: [a]\n', /`remote` must be a map/],
    ['slurm: fast\n', /`slurm` must be a map/],
    ['set: !!omap [size: 1]\n', /document\/unknown-tag/],
    ['- set\n', /document\/not-a-map/],
  ] as const)
    it(`is an error: ${JSON.stringify(text)}`, async () => {
      const said = await told({ 'a.yaml': YAML, 'fx.local.yaml': text });
      assert.match(said, says);
      assert.match(said, /fx\.local\.yaml:1/);
    });
  it('is none where it says where a remote and a cluster are', async () => {
    const text = 'remote: { url: /far, signed-by: { me: ed25519:x } }\nslurm: { partition: a }\nset: { size: 32 }\n';
    const { graph } = await readGood({ 'a.yaml': YAML, 'fx.local.yaml': text });
    assert.equal(graph.parameters.size, 32);
  });
});

describe('a settings file that is no text', () => {
  it('is an error', async () => {
    assert.match(
      await told({ 'a.yaml': YAML, 'fx.local.yaml': new Uint8Array([0x73, 0xff, 0xfe]) }),
      /fx\.local\.yaml/,
    );
  });
});

describe('a settings file that says nothing', () => {
  for (const text of ['', '\n', '# nothing yet\n', '---\n', '{}\n', 'set:\n', 'set: {}\n'])
    it(`sets nothing: ${JSON.stringify(text)}`, async () => {
      const { graph } = await readGood({ 'a.yaml': YAML, 'fx.local.yaml': text });
      assert.equal(graph.parameters.size, 64);
    });
});

describe('the bounds of a parameter', () => {
  const bounded = (within: string): string =>
    YAML.replace('size: 64', `size: { value: 64, type: count, within: ${within} }`);

  it('are both its ends', async () => {
    for (const size of [32, 128]) {
      const { graph } = await readGood(bounded('[32, 128]'), { set: [`size=${size}`] });
      assert.equal(graph.parameters.size, size);
    }
    for (const size of [31, 129]) assert.match(await told(bounded('[32, 128]'), { set: [`size=${size}`] }), /32.*128/);
  });

  it('are two, in order', async () => {
    for (const within of ['[32]', '[32, 64, 128]', '[]', '[128, 32]', '32'])
      assert.match(await told(bounded(within)), /error/, within);
  });
});

describe('a parameter without a type', () => {
  const looks: readonly (readonly [string, string])[] = [
    ['12', 'number'],
    ["'12'", 'number'],
    ['1_000.5', 'number'],
    ['1e3', 'number'],
    ['10k', 'count'],
    ['50%', 'fraction'],
    ["'5 ‰'", 'fraction'],
    ['35 deg', 'angle'],
    ['2 min', 'duration'],
    ['4 GiB', 'size'],
    ['12 mm', 'length'],
    ['uniform(1, 2)', 'distribution'],
    ['uniform', 'text'],
    ['35 degs', 'text'],
    ['1 2', 'text'],
    ["'-'", 'text'],
    ['true', 'flag'],
    ['null', 'any'],
    ['{ a: 1 }', 'any'],
    ['[a, b]', 'text'],
    ['[1, 0.5]', 'number'],
    ['[0, 35 deg]', 'angle'],
    ['[1, 10k]', 'count'],
    ['[0.5, 10k]', 'any'],
    ['[35 deg, 10k]', 'any'],
    ['[]', 'any'],
  ];
  for (const [written, type] of looks)
    it(`is what its value looks like: ${written} is ${type}`, () => {
      const read = parseYaml({ name: 'a', path: '/a', text: written, folder: '/', trusted: false });
      assert.ok(read.ok);
      assert.equal(typeOf(read.value!), type);
    });
});
