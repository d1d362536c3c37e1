import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { STAGE_MEMBERS } from '../../../src/engine/plan/identity/identity.js';
import { identityOfModule, loadUserModule, type UserModules } from '../../../src/engine/plan/identity/user-module.js';
import { identify, type Files } from './project.js';

const ENTRY = { module: 'stages/mine.ts', export: 'mine', members: STAGE_MEMBERS };
const FILES: Files = {
  'stages/mine.ts': `
    import { readFileSync } from 'node:fs';
    import { artifact, type StageKind } from 'fx/stage';
    import { Limits } from './limits.js';
    import { scale } from './scale.js';
    import table from './table.json' with { type: 'json' };
    export const mine: StageKind<{ n: number }> = {
      name: 'mine',
      says: 'Mine.',
      parameters: artifact(['images'], { says: 'images' }) as never,
      produces: 'numbers',
      run: async ({ parameters }) => {
        const { offset } = await import('./offset.js');
        const text = readFileSync(new URL('./offset.txt', import.meta.url), 'utf8');
        return { ok: true, value: { metrics: { n: scale(parameters.n) + offset + table.length + Number(text) } } };
      },
    };
    const limits: Limits = { most: 1 };
  `,
  'stages/limits.ts': 'export interface Limits { readonly most: number }',
  'stages/scale.ts': 'export const scale = (n: number): number => n * 2;',
  'stages/offset.js': 'export const offset = 100;',
  'stages/offset.txt': '1000',
  'stages/table.json': '[1, 2, 3]',
};

describe("a user's own stage module", () => {
  const made: string[] = [];
  const project = (files: Files = FILES): UserModules => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'fx-user-')));
    made.push(root);
    const place = { root, cache: join(root, 'cache') };
    write(place, files);
    return place;
  };
  const write = ({ root }: UserModules, files: Files): void => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
  };
  const digestOf = async (place: UserModules): Promise<string> => {
    const result = await identityOfModule(place, ENTRY);
    assert.ok(result.ok, JSON.stringify(result));
    return result.value.digest;
  };
  const runOf = async (place: UserModules, n: number): Promise<unknown> => {
    const loaded = await loadUserModule(place, ENTRY.module);
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const kind = loaded.value.mine as { run: (context: unknown) => Promise<{ value: { metrics: { n: number } } }> };
    return (await kind.run({ parameters: { n } })).value.metrics.n;
  };
  after(() => made.forEach((root) => rmSync(root, { recursive: true, force: true })));

  it('has one identity in every directory, on disk and in memory, whatever else lies there', async () => {
    const elsewhere = project({ ...Object.fromEntries(Object.entries(FILES).reverse()), 'notes.ts': 'export {}' });
    const digest = await digestOf(project());
    assert.equal(await digestOf(elsewhere), digest);
    assert.equal(identify(FILES, ENTRY).digest, digest);
  });

  it('has its identity remembered until something that it reaches changes', async () => {
    const place = project();
    const digest = await digestOf(place);
    assert.equal(readdirSync(join(place.cache, 'identities')).length, 1);
    assert.equal(await digestOf(place), digest);
    write(place, { 'stages/scale.ts': FILES['stages/scale.ts']!.replace('2', '3') });
    const changed = await digestOf(place);
    assert.notEqual(changed, digest);
    write(place, { 'stages/offset.ts': 'export const offset = 101;' });
    assert.notEqual(await digestOf(place), changed, 'a TypeScript source came to hide the JavaScript one');
    rmSync(join(place.root, 'stages/offset.ts'));
    write(place, FILES);
    assert.equal(await digestOf(place), digest);
    writeFileSync(join(place.cache, 'identities', readdirSync(join(place.cache, 'identities'))[0]!), '{ damaged');
    assert.equal(await digestOf(place), digest);
  });

  it('has its identity worked out each time where nothing can be remembered', async () => {
    const place = project();
    const digest = await digestOf(place);
    rmSync(join(place.cache, 'identities'), { recursive: true });
    writeFileSync(join(place.cache, 'identities'), 'a file where the folder should be');
    assert.equal(await digestOf(place), digest);
    assert.equal(await digestOf(place), digest);
  });

  it('runs, with the types, modules and files it uses', async () => {
    assert.equal(await runOf(project(), 5), 10 + 100 + 3 + 1000);
  });

  it('runs with the packages that are installed in its project', async () => {
    const place = project({
      'stages/mine.ts': `import { three } from 'three'; export const mine = { run: async ({ parameters }) => ({ value: { metrics: { n: three + parameters.n } } }) };`,
      'node_modules/three/package.json':
        '{ "name": "three", "version": "1.0.0", "type": "module", "exports": "./three.js" }',
      'node_modules/three/three.js': 'export const three = 3;',
    });
    assert.equal(await runOf(place, 5), 8);
    const identity = await identityOfModule(place, ENTRY);
    assert.deepEqual(identity.ok && identity.value.packages, [{ name: 'three', version: '1.0.0' }]);
  });

  it('runs as edited in a process that loaded it before', async () => {
    const place = project();
    await runOf(place, 5);
    write(place, { 'stages/scale.ts': 'export const scale = (n: number): number => -n;' });
    assert.equal(await runOf(place, 5), -5 + 100 + 3 + 1000);
  });

  it('loads no compiler while its sources are unchanged', async () => {
    const place = project();
    await digestOf(place);
    await runOf(place, 1);
    const module = new URL('../../../src/engine/plan/identity/user-module.js', import.meta.url).href;
    const script = `
      import { createRequire } from 'node:module';
      import { identityOfModule, loadUserModule } from '${module}';
      const place = ${JSON.stringify(place)};
      const identity = await identityOfModule(place, ${JSON.stringify(ENTRY)});
      const loaded = await loadUserModule(place, 'stages/mine.ts');
      const compilers = Object.keys(createRequire(import.meta.url).cache).filter((path) => /ts-morph|typescript/.test(path));
      console.log(JSON.stringify([identity.ok, Object.keys(loaded.value), compilers.length]));`;
    const run = (): unknown =>
      JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }));
    assert.deepEqual(run(), [true, ['mine'], 0]);
    write(place, { 'stages/scale.ts': 'export const scale = (n) => n;' });
    const [, , compilers] = run() as [boolean, string[], number];
    assert.ok(compilers > 0, 'the test sees a compiler when there is one');
  });

  it('that cannot be loaded is a diagnostic', async () => {
    const codes = async (files: Files): Promise<unknown> => {
      const result = await loadUserModule(project(files), ENTRY.module);
      return result.ok ? [] : result.error.map(({ code }) => code);
    };
    assert.deepEqual(await codes({}), ['identity/missing-module']);
    assert.deepEqual(await codes({ [ENTRY.module]: 'throw new Error("no");' }), ['identity/does-not-load']);
    assert.deepEqual(await codes({ [ENTRY.module]: `import './none.js';` }), ['identity/does-not-load']);
    const outside = join(tmpdir(), `fx-outside-${process.pid}.ts`);
    writeFileSync(outside, 'export {};');
    made.push(outside);
    assert.deepEqual(await codes({ [ENTRY.module]: `import '../../fx-outside-${process.pid}.js';` }), [
      'identity/leaves-project',
    ]);
  });
});
