import assert from 'node:assert/strict';
import { assembleIdentity, STAGE_MEMBERS } from '../../../src/engine/plan/identity/identity.js';
import { codesOf, identify, LAYOUTS, reached, reformat, type Files } from './project.js';

const PROJECT: Files = {
  'src/main.ts': `
    import type { Scene } from './scene.js';
    import { render } from './render.js';
    import { unrelated } from './unrelated.js';
    export async function run(scene: Scene, gain = 2): Promise<number> {
      const { save } = await import('./save.js');
      return save(render(scene), gain);
    }
    export function other(): void { unrelated(); }
  `,
  'src/scene.ts': 'export interface Scene { readonly width: number }',
  'src/render.ts': `
    import { type Scene } from './scene.js';
    import * as maths from './maths.js';
    import { Buffer2 } from './index.js';
    export function render(scene: Scene): number { return new Buffer2(scene.width).area(maths.clamp(3)); }
    export function preview(): number { return 1; }
  `,
  'src/index.ts': `export { Grid as Buffer2 } from './grid.js'; export * from './maths.js';`,
  'src/grid.ts': `
    import { clamp } from './index.js';
    export class Grid {
      static readonly least = 1;
      readonly width: number;
      constructor(width: number) { this.width = width; }
      area(height: number): number { return clamp(this.width) * height; }
    }
  `,
  'src/maths.ts': `
    import { LIMIT } from './limits.js';
    export const clamp = (x: number): number => Math.min(x, LIMIT);
    export const lerp = (a: number, b: number): number => (a + b) / 2;
  `,
  'src/limits.ts': 'export const LIMIT = 100, FLOOR = 0;',
  'src/save.ts': `
    import encode from 'encoder';
    import { writeFileSync } from 'node:fs';
    export function save(value: number, gain: number): number { writeFileSync('out', encode(value)); return gain; }
    export function load(): number { return 0; }
  `,
  'src/unrelated.ts': `import 'node:os'; export function unrelated(): number { return 1; }`,
  'node_modules/encoder/package.json':
    '{ "name": "encoder", "version": "1.2.3", "dependencies": { "bits": "^1.0.0" } }',
  'node_modules/bits/package.json': '{ "name": "bits", "version": "1.0.1" }',
};

const edited = (file: string, from: string, to: string, files: Files = PROJECT): Files => {
  assert.ok(files[file]!.includes(from), `${file} has no ${from}`);
  return { ...files, [file]: files[file]!.replace(from, to) };
};
const digest = (files: Files): string => identify(files).digest;

describe('code identity', () => {
  it('holds every declaration reached and no other, and the packages with what they depend on', () => {
    assert.deepEqual(reached(PROJECT), [
      'grid.ts#Grid',
      'limits.ts#LIMIT',
      'main.ts#run',
      'maths.ts#clamp',
      'render.ts#render',
      'save.ts#save',
    ]);
    assert.deepEqual(identify(PROJECT).packages, [
      { name: 'bits', version: '1.0.1' },
      { name: 'encoder', version: '1.2.3' },
    ]);
  });

  const blind: readonly (readonly [string, Files])[] = [
    ['an unrelated function in the same file', edited('src/main.ts', 'unrelated();', 'unrelated(); unrelated();')],
    ['a function beside a reached one', edited('src/maths.ts', '/ 2', '* 0.5')],
    ['a constant declared beside a reached one', edited('src/limits.ts', 'FLOOR = 0', 'FLOOR = 1')],
    ['the name of an unrelated export', edited('src/render.ts', 'preview', 'thumbnail')],
    ['a module that only an unreached function uses', edited('src/unrelated.ts', 'return 1', 'return 2')],
    ['an interface', edited('src/scene.ts', 'width: number', 'width: number; readonly height?: number')],
    ['annotations', edited('src/render.ts', 'scene: Scene): number', 'scene: Readonly<Scene>): 1 | number')],
    ['assertions', edited('src/render.ts', 'scene.width)', '(scene as Scene)!.width satisfies number)')],
    ['comments', edited('src/maths.ts', 'export const clamp', '/** Clamps. */ export const /* ! */ clamp')],
    ['the order of declarations', edited('src/maths.ts', 'export const clamp', 'const last = 1; export const clamp')],
    [
      'the order of imports',
      edited('src/render.ts', `import * as maths from './maths.js';`, '', {
        ...PROJECT,
        'src/render.ts': `import * as maths from './maths.js';` + PROJECT['src/render.ts']!,
      }),
    ],
    ['by which way a helper is imported', edited('src/grid.ts', './index.js', './maths.js')],
    ['a folder that holds no source', { ...PROJECT, 'notes/a.txt': 'a' }],
  ];
  for (const [what, files] of blind)
    it(`does not change with ${what}`, () => assert.equal(digest(files), digest(PROJECT)));

  it('does not change with formatting', async () => {
    for (const layout of LAYOUTS) {
      const files: Record<string, string> = { ...PROJECT };
      for (const path of Object.keys(files).filter((name) => name.endsWith('.ts')))
        files[path] = await reformat(files[path]!, layout);
      assert.equal(digest(files), digest(PROJECT));
    }
  });

  const seen: readonly (readonly [string, Files])[] = [
    ['a helper three imports away', edited('src/maths.ts', 'Math.min', 'Math.max')],
    ['a constant', edited('src/limits.ts', 'LIMIT = 100', 'LIMIT = 101')],
    ['a default parameter', edited('src/main.ts', 'gain = 2', 'gain = 3')],
    ['a method of a re-exported class', edited('src/grid.ts', '* height', '+ height')],
    ['a static member', edited('src/grid.ts', 'least = 1', 'least = 2')],
    ['a dynamically imported helper', edited('src/save.ts', 'return gain', 'return -gain')],
    [
      'what a barrel re-exports under a name',
      edited(
        'src/index.ts',
        `export { Grid as Buffer2 } from './grid.js'`,
        `export { Grid as Buffer2 } from './grid2.js'`,
        { ...PROJECT, 'src/grid2.ts': PROJECT['src/grid.ts']! },
      ),
    ],
    ['code at the top of an imported module', edited('src/unrelated.ts', 'export', 'globalThis.name = 1; export')],
    ['a package version', edited('node_modules/encoder/package.json', '1.2.3', '1.2.4')],
    ['the version of a dependency of a package', edited('node_modules/bits/package.json', '1.0.1', '1.0.2')],
    ['which entry point of a package', edited('src/save.ts', `'encoder'`, `'encoder/fast'`)],
    ['which export of a package', edited('src/save.ts', 'import encode', 'import { fast as encode }')],
  ];
  for (const [what, files] of seen) it(`changes with ${what}`, () => assert.notEqual(digest(files), digest(PROJECT)));

  it('changes when two imports are swapped', () => {
    const files = (a: string, b: string): Files => ({
      'src/main.ts': `import { ${a} as f, ${b} as g } from './m.js'; export const run = () => f() - g();`,
      'src/m.ts': 'export const a = () => 1; export const b = () => 2;',
    });
    assert.notEqual(digest(files('a', 'b')), digest(files('b', 'a')));
  });

  it('tells a local variable from the declaration it hides', () => {
    const files = (body: string): Files => ({
      'src/main.ts': `import { a } from './m.js'; export function run(x) { ${body} }`,
      'src/m.ts': 'export const a = 1, b = 2;',
    });
    assert.deepEqual(reached(files('const a = x; return { a };')), ['main.ts#run']);
    assert.deepEqual(reached(files('return { a };')), ['m.ts#a', 'main.ts#run']);
    assert.deepEqual(reached(files('return x.a + { a: 1 }.a;')), ['main.ts#run']);
    assert.deepEqual(reached(files('{ const a = 1; } return a;')), ['m.ts#a', 'main.ts#run']);
    assert.deepEqual(reached(files('const { a: b = a } = x;')), ['m.ts#a', 'main.ts#run']);
  });

  it('counts a CommonJS module as a whole, whichever of its members is used, with what it requires', () => {
    const old: Files = {
      'src/main.ts': `import * as old from './old.cjs'; export const run = () => old.scale(2);`,
      'src/old.cjs': `const { unit } = require('./unit.cjs'); exports.scale = (x) => x * unit; exports.other = 1;`,
      'src/unit.cjs': `exports.unit = 3;`,
      'src/unused.cjs': `exports.unit = 4;`,
    };
    assert.notEqual(digest(edited('src/old.cjs', 'x * unit', 'x / unit', old)), digest(old));
    assert.notEqual(digest(edited('src/old.cjs', 'other = 1', 'other = 2', old)), digest(old));
    assert.notEqual(digest(edited('src/unit.cjs', '3', '4', old)), digest(old));
    assert.equal(digest(edited('src/unused.cjs', '4', '5', old)), digest(old));
  });

  it('does not change with the order in which parts and packages are found', () => {
    const parts = [1, 2, 3, 4].map((n) => ({ file: `src/${n >> 1}.ts`, name: `f${n % 2}`, digest: String(n) }));
    const packages = ['b 1', 'a 2', 'b 0', 'c 0', 'a 1'].map((text) => {
      const [name, version] = text.split(' ') as [string, string];
      return { name, version };
    });
    const one = assembleIdentity('src/main.ts#run', parts, packages);
    assert.deepEqual(assembleIdentity('src/main.ts#run', [...parts].reverse(), [...packages].reverse()), one);
    assert.deepEqual(
      one.packages.map(({ name, version }) => `${name} ${version}`),
      ['a 1', 'a 2', 'b 0', 'b 1', 'c 0'],
    );
  });

  it('follows cycles', () => {
    const files = (end: string): Files => ({
      'src/main.ts': `import { odd } from './odd.js'; export const run = (n) => n === 0 || odd(n - 1);`,
      'src/odd.ts': `import { run } from './main.js'; export const odd = (n) => n !== ${end} && run(n - 1);`,
    });
    assert.deepEqual(reached(files('0')), ['main.ts#run', 'odd.ts#odd']);
    assert.notEqual(digest(files('0')), digest(files('1')));
  });

  describe('follows a module object to the members that are used', () => {
    const uses: readonly (readonly [string, readonly string[]])[] = [
      [`(await import('./m.js')).a()`, ['a']],
      [`const { a, b: c } = await import('./m.js'); c()`, ['a', 'b']],
      [`const m = await import('./m.js'); m.a(); [1].map((x) => m.b(x))`, ['a', 'b']],
      [`const m = (await import('./m.js')) as typeof M; return (m).a`, ['a']],
      [`import('./m.js').then((m) => m.a())`, ['a']],
      [`import('./m.js').then(({ b }) => b())`, ['b']],
      [`const [{ a }, n] = await Promise.all([import('./m.js'), import('./n.js')]); n.d()`, ['a', 'd']],
      [`(await import('./n.js')).c()`, ['a', 'c']],
      [`ns.a()`, ['a']],
      [`const { b } = ns; b()`, ['b']],
      [`ns['a']()`, ['a']],
      [`barrel.inner.b()`, ['a', 'b', 'c', 'd']],
      [`inner.b()`, ['b']],
      // Not to be told: all of it.
      [`ns[x]()`, ['a', 'b']],
      [`x(ns)`, ['a', 'b']],
      [`const { a, ...rest } = ns;`, ['a', 'b']],
      [`return import('./m.js')`, ['a', 'b']],
      [`const [{ a }] = await Promise.allSettled([import('./m.js')]);`, ['a', 'b']],
      [`const [{ a }] = await x([import('./m.js')]);`, ['a', 'b']],
      [`const [{ a }] = await Promise.all([...x, import('./m.js')]);`, ['a', 'b']],
      [`const m = await import('./m.js'); x(m)`, ['a', 'b']],
      [`let m; m = await import('./m.js'); m.a()`, ['a', 'b']],
      [`return { ns }`, ['a', 'b']],
    ];
    for (const [body, names] of uses) {
      it(body, () => {
        const files: Files = {
          'src/main.ts': `
            import * as ns from './m.js';
            import * as barrel from './barrel.js';
            import { inner } from './barrel.js';
            export async function run(x) { ${body} }`,
          'src/barrel.ts': `export * as inner from './m.js';`,
          'src/m.ts': 'export const a = () => 1; export const b = () => 2;',
          'src/n.ts': `import { a } from './m.js'; export const c = () => a(); export const d = () => 4;`,
        };
        const found = reached(files).filter((name) => name !== 'main.ts#run');
        const expected = names.filter((name) => !body.includes('barrel.') || 'ab'.includes(name));
        assert.deepEqual(
          found.map((name) => name.split('#')[1]),
          expected,
        );
      });
    }
  });

  it('takes the whole folder for a computed import, and the whole module for eval', () => {
    const kernels: Files = {
      'src/kernels/add.ts': 'export const add = 1;',
      'src/kernels/deep/mul.ts': 'export const mul = 1;',
      'src/other.ts': 'export const other = 1;',
    };
    const run = (body: string): readonly string[] =>
      reached({ ...kernels, 'src/main.ts': `const hidden = 1; export const run = (name) => ${body};` });
    assert.deepEqual(run('import(`./kernels/${name}.js`)'), ['add.ts#add', 'mul.ts#mul', 'main.ts#run']);
    assert.deepEqual(run(`import('./kernels/' + name)`), ['add.ts#add', 'mul.ts#mul', 'main.ts#run']);
    assert.deepEqual(run('import(name)'), [
      'add.ts#add',
      'mul.ts#mul',
      'main.ts#hidden',
      'main.ts#run',
      'other.ts#other',
    ]);
    assert.deepEqual(run('eval(name)'), ['main.ts#hidden', 'main.ts#run']);
  });

  it('counts files that code names beside itself by their content', () => {
    const files = (weights: string): Files => ({
      'src/a/main.ts': `
        export const run = () => [
          new URL('../weights.bin', import.meta.url),
          new URL('../../../../../assets/mean.bin', import.meta.url),
          new Worker(new URL('./worker.js', import.meta.url)),
          new URL('../tables/', import.meta.url),
        ];`,
      'src/a/worker.ts': `import { work } from './work.js'; work();`,
      'src/a/work.ts': 'export const work = () => 1, rest = 2;',
      'src/weights.bin': weights,
      'src/tables/sines.json': '[]',
      // Reached from dist/src/a/main.js.
      'assets/mean.bin': 'mean',
    });
    const entry = { module: 'src/a/main.ts', export: 'run' };
    const project = files('1');
    const far = {
      ...project,
      'src/a/main.ts': project['src/a/main.ts']!.replace('../../../../../assets', '../../../assets'),
    };
    assert.deepEqual(reached(far, entry), [
      'mean.bin#(content)',
      'main.ts#run',
      'work.ts#work',
      'worker.ts#(module level)',
      'sines.json#(content)',
      'weights.bin#(content)',
    ]);
    assert.notEqual(identify({ ...far, 'src/weights.bin': '2' }, entry).digest, identify(far, entry).digest);
    assert.deepEqual(codesOf(project, entry), ['identity/missing-file']);
  });

  describe('of what a module does when it is loaded', () => {
    const countsFor = (top: string, more: Files = {}): boolean =>
      reached({
        ...more,
        'src/main.ts': `import { a } from './m.js'; export const run = () => a;`,
        'src/m.ts': `
          import { registry, register, Store, plain } from './registry.js';
          import { join } from 'node:path';
          ${top}
          export const a = 1;`,
        'src/registry.ts': `
          export const registry = new Map();
          let count = 0;
          export function register(name, value) { registry.set(name, value); return value; }
          export function plain(names) { const all = []; for (const name of names) all.push(name); return { all }; }
          export const next = () => count++;
          export class Store { items = []; constructor(first) { this.first = first; } add(item) { this.last = item; return this; } }
          export const shared = new Store();`,
      }).includes('m.ts#(module level)');

    for (const top of [
      `registry.set('a', 1);`,
      `const b = register('b', 1);`,
      `const b = [1].map((x) => register('b', x));`,
      `const b = registry.set('b', 1);`,
      `class B { static { register('b', B); } }`,
      `class B { static c = register('b', 1); }`,
      `const b = (() => { globalThis.b = 1; })();`,
      `const b = Object.assign(registry, {});`,
      `const b = plain([1].map(function (x) { registry.clear(); }));`,
      `const b = await import('./registry.js');`,
      `const b = unknown();`,
      `import { shared } from './registry.js'; const b = shared.add(1);`,
      `import { next } from './registry.js'; const b = next();`,
      `if (process.env.A) throw new Error();`,
      `const b = [1].map(function () { this.x = 1; return 1; }, registry);`,
      // Names of the language that the module gives to something else.
      `const JSON = { parse: (x) => registry.set('a', x) }; const b = JSON.parse('1');`,
      `const b = ((Math) => Math.max(1))({ max: (x) => registry.set('a', x) });`,
      // A variable may hold another object by the time it is written to.
      `const b = (() => { let t = {}; t = registry; t.a = 1; })();`,
      `const b = (() => { var t = []; t = registry; t.push(1); })();`,
    ])
      it(`counts for all who load it: ${top}`, () => assert.ok(countsFor(top)));

    for (const top of [
      `const b = new Map([['a', 1]]);`,
      `const b = plain(['a']);`,
      `const b = new Store(1).add(2);`,
      `const b = Object.freeze({ c: [1, 2].map((x) => x * 2), d: new Float32Array(4).fill(1) });`,
      `const b = (() => { const t = {}; t.a = 1; return t; })();`,
      `const b = (() => { const t = new Uint32Array(256); for (let n = 0; n < 256; n++) t[n] = n; return t; })();`,
      `class B { c = register('b', 1); method() { register('b', 1); } }`,
      `const b = { run() { register('b', 1); }, other: () => register('c', 1) };`,
      `const b = join('a', 'b');`,
      `const b = new Set('a b'.split(' ')); const c = /a/.test('a') ? Math.sin(1) : JSON.parse('1');`,
    ])
      it(`counts for those who name it: ${top}`, () => assert.ok(!countsFor(top)));

    it('follows what it names', () => {
      const files = (body: string): Files => ({
        'src/main.ts': `import './setup.js'; export const run = () => 1;`,
        'src/setup.ts': `import { patch } from './patch.js'; patch();`,
        'src/patch.ts': `export function patch() { globalThis.a = ${body}; }`,
      });
      assert.deepEqual(reached(files('1')), ['main.ts#run', 'patch.ts#patch', 'setup.ts#(module level)']);
      assert.notEqual(digest(files('1')), digest(files('2')));
    });
  });

  describe('of a stage kind', () => {
    const entry = { module: 'src/main.ts', export: 'generate', members: STAGE_MEMBERS };
    const files = (change: (code: string) => string = (code) => code): Files => ({
      'src/main.ts': change(`
        import type { StageKind } from 'fx/stage';
        import { count, object } from './schema.js';
        const parameters = object({ n: count({ says: 'how many' }) });
        export const generate: StageKind<{ n: number }> = {
          name: 'faces/generate',
          says: 'Generates.',
          parameters,
          produces: 'images',
          resources: ({ n }) => ({ cores: n }),
          reproducible: true,
          division: {
            shape: 'shards',
            parts: ({ n }) => split(n),
            run: async (context) => (await import('./render.js')).render(context),
            gather,
          },
        };
        const split = (n) => [{ id: '0', parameters: { n } }];
        async function gather(context) { return 1; }
        export default generate;
      `),
      'src/schema.ts': `export const count = (about) => ({ json: { ...about } });
        export function object(properties) { return { properties: Object.entries(properties).map(([k]) => k) }; }`,
      'src/render.ts': 'export const render = (context) => 1; export const other = 2;',
    });
    const of = (project: Files): string => identify(project, entry).digest;

    it('counts what does the work and not what describes it', () => {
      assert.deepEqual(reached(files(), entry), [
        'main.ts#gather',
        'main.ts#generate',
        'main.ts#split',
        'render.ts#render',
      ]);
      for (const [from, to] of [
        ['Generates.', 'Makes.'],
        ['how many', 'the number'],
        ['cores: n', 'cores: 1'],
        ['images', 'faces'],
      ] as const)
        assert.equal(of(files((code) => code.replace(from, to))), of(files()));
      for (const [from, to] of [
        [`'0'`, `'1'`],
        ['return 1', 'return 2'],
        ['true', 'false'],
        ['shards', 'chain'],
      ] as const)
        assert.notEqual(of(files((code) => code.replace(from, to))), of(files()));
    });

    it('is the same through a default export', () =>
      assert.equal(identify(files(), { ...entry, export: 'default' }).digest, of(files())));

    it('counts all of a kind that is not written out', () => {
      const spread = files((code) =>
        code.replace('produces:', '...base, produces:').replace('const split', 'const base = {}; const split'),
      );
      assert.ok(reached(spread, entry).includes('main.ts#parameters'));
      const own = files((code) => code.replace('gather,', 'gather() { return this.more; },'));
      assert.ok(reached(own, entry).includes('main.ts#parameters'));
    });
  });

  it('says what is wrong, and only about what is reached', () => {
    const main = (code: string, more: Files = {}): readonly string[] => codesOf({ 'src/main.ts': code, ...more });
    assert.deepEqual(main('export const walk = 1;'), ['identity/missing-export']);
    assert.deepEqual(codesOf({}), ['identity/missing-module']);
    assert.deepEqual(main(`import { a } from './a.js'; export const run = a;`), ['identity/missing-file']);
    assert.deepEqual(main(`import a from 'a'; export const run = a;`), ['identity/missing-package']);
    assert.deepEqual(main('export const run = ;'), ['identity/syntax']);
    const late = `export const run = 1; export const other = () => import('./a.js');`;
    assert.deepEqual(main(late), []);
    assert.deepEqual(main(late, { 'src/a.ts': 'const;' }), []);
  });
});
