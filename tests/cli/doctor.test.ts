import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GlProbe } from '../../src/plugins/recognition/faces/render/gl-probe.js';
import { Project } from './project.js';

interface Finding {
  readonly what: string;
  readonly state: string;
  readonly says: string;
  readonly help?: string;
}

describe('fx doctor', () => {
  const project = new Project();
  after(() => project.remove());

  /** Installs a package `gl` that is this module; gives the environment in which it is found. */
  function installed(module: string, display: string): Readonly<Record<string, string>> {
    const modules = join(project.directory, 'modules');
    mkdirSync(modules, { recursive: true });
    project.write('modules/gl/package.json', '{ "name": "gl", "version": "1.0.0", "main": "index.js" }');
    project.write('modules/gl/index.js', module);
    return { NODE_PATH: modules, DISPLAY: display };
  }

  async function said(module: string, display = ''): Promise<Finding> {
    const { out } = await project.startWith(installed(module, display), 'doctor', '--json').finished;
    const { findings } = JSON.parse(out) as { findings: readonly Finding[] };
    return findings.find(({ what }) => what === 'package gl')!;
  }

  /** What `fx doctor` asks, alone: it loads every engine besides. */
  function probed(module: string, display = ''): Exclude<GlProbe, { readonly draws: true }> {
    const probe = pathToFileURL(resolve('dist/src/plugins/recognition/faces/render/gl-probe.js')).href;
    const script = `import(${JSON.stringify(probe)}).then(async ({ probeGl }) => console.log(JSON.stringify(await probeGl())))`;
    const env = { ...process.env, ...installed(module, display) };
    const found = JSON.parse(spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }).stdout) as GlProbe;
    assert.ok(!found.draws && found.installed);
    return found;
  }

  it('calls the renderer `gl` good where it draws', async () => {
    const red = `module.exports = () => ({
      clearColor() {}, clear() {}, readPixels(x, y, w, h, f, t, pixel) { pixel.set([255, 0, 0, 255]); } });`;
    assert.deepEqual(await said(red), { what: 'package gl', state: 'good', says: 'draws: the renderer `gl`' });
  });

  it('says that it does not render, why, and what to do', async () => {
    const { state, says, help } = await said('module.exports = () => null;');
    assert.equal(state, 'note');
    assert.equal(says, 'is installed, but does not render: it provides no context');
    assert.match(help!, /no display: start fx under xvfb-run/);
  });

  for (const [module, says] of [
    ['module.exports = () => null;', /does not render: it provides no context$/],
    ['module.exports = () => ({ clearColor() {}, clear() {}, readPixels() {} });', /what it draws cannot be read$/],
    ["module.exports = () => { throw new Error('cannot open display'); };", /Error: cannot open display$/],
    ["process.kill(process.pid, 'SIGSEGV');", /ended by SIGSEGV$/],
    ['process.exit(7);', /exit code 7$/],
  ] as const)
    it(`knows why it does not render: ${module}`, () => {
      const { why, help } = probed(module);
      assert.match(why, says);
      assert.match(help, /no display: start fx under xvfb-run/);
    });

  it('speaks of no display only where there is none', () => {
    assert.equal(probed('module.exports = () => null;', ':1').help, 'use the renderer `software`');
  });

  it('names a limit in the environment that no run would take', async () => {
    const wrong = { FX_LIMIT_IMAGE_PIXELS: 'many', FX_LIMIT_PIXELS: '1M', FX_LIMIT_IMAGE_TIME: '2 min' };
    const { code, out } = await project.startWith(wrong, 'doctor', '--json').finished;
    const { findings } = JSON.parse(out) as { findings: readonly Finding[] };
    const said = findings.filter(({ what }) => what === 'limits').map(({ state, says }) => `${state} ${says}`);
    assert.deepEqual(said.sort(), [
      'bad FX_LIMIT_IMAGE_PIXELS is "many", which is not a count above zero',
      'bad FX_LIMIT_PIXELS is no limit',
    ]);
    assert.equal(code, 1);
  });
});
