import assert from 'node:assert/strict';
import { explainIdentity } from '../../../src/engine/plan/identity/explain.js';
import { identify, type Files } from './project.js';

const files: Files = {
  'src/main.ts': `import { rasterise, blend } from './raster.js'; import 'sharp';
    export const run = () => [rasterise(), blend(), new URL('./mean.bin', import.meta.url)];`,
  'src/raster.ts': 'export const rasterise = () => 1; export const blend = () => 1; export const shade = () => 1;',
  'src/mean.bin': 'mean',
  'node_modules/sharp/package.json': '{ "version": "0.35.4" }',
};

const explain = (edit: (files: Record<string, string>) => void): readonly string[] => {
  const after = { ...files };
  edit(after);
  return explainIdentity(identify(files), identify(after));
};

describe('a changed code identity is explained', () => {
  it('by the declaration that changed', () => {
    const edit = (after: Record<string, string>): void =>
      void (after['src/raster.ts'] = files['src/raster.ts']!.replace('1', '2'));
    assert.deepEqual(explain(edit), ['rasterise in src/raster.ts changed']);
  });

  it('by declarations that came and went', () => {
    const edit = (after: Record<string, string>): void =>
      void (after['src/main.ts'] = files['src/main.ts']!.replaceAll('blend', 'shade'));
    assert.deepEqual(explain(edit), [
      'run in src/main.ts changed',
      'blend in src/raster.ts is no longer used',
      'shade in src/raster.ts is newly used',
    ]);
  });

  it('by data, code at the top of a module, and packages', () => {
    const edit = (after: Record<string, string>): void => {
      after['src/mean.bin'] = 'median';
      after['src/raster.ts'] = `${files['src/raster.ts']!} globalThis.quick = true;`;
      after['node_modules/sharp/package.json'] = '{ "version": "0.35.5", "dependencies": { "color": "^5.0.0" } }';
      after['node_modules/color/package.json'] = '{ "version": "5.0.3" }';
    };
    assert.deepEqual(explain(edit), [
      'src/mean.bin changed',
      'code at the top of src/raster.ts is newly used',
      'package color 5.0.3 is newly used',
      'sharp 0.35.4 -> 0.35.5',
    ]);
  });

  it('by nothing where nothing changed', () =>
    assert.deepEqual(
      explain(() => undefined),
      [],
    ));
});
