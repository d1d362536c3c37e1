import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
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

  /** What is said of an installed package `gl` that is this module. */
  async function said(module: string, display = ''): Promise<Finding> {
    const modules = join(project.directory, 'modules');
    mkdirSync(modules, { recursive: true });
    project.write('modules/gl/package.json', '{ "name": "gl", "version": "1.0.0", "main": "index.js" }');
    project.write('modules/gl/index.js', module);
    const { out } = await project.startWith({ NODE_PATH: modules, DISPLAY: display }, 'doctor', '--json').finished;
    const { findings } = JSON.parse(out) as { findings: readonly Finding[] };
    return findings.find(({ what }) => what === 'package gl')!;
  }

  it('calls the renderer `gl` good where it draws', async () => {
    const red = `module.exports = () => ({
      clearColor() {}, clear() {}, readPixels(x, y, w, h, f, t, pixel) { pixel.set([255, 0, 0, 255]); } });`;
    assert.deepEqual(await said(red), { what: 'package gl', state: 'good', says: 'draws: the renderer `gl`' });
  });

  for (const [module, says] of [
    ['module.exports = () => null;', /does not render: it provides no context$/],
    ['module.exports = () => ({ clearColor() {}, clear() {}, readPixels() {} });', /what it draws cannot be read$/],
    ["module.exports = () => { throw new Error('cannot open display'); };", /Error: cannot open display$/],
    ["process.kill(process.pid, 'SIGSEGV');", /ended by SIGSEGV$/],
    ['process.exit(7);', /exit code 7$/],
  ] as const)
    it(`says that it does not render, and why: ${module}`, async () => {
      const finding = await said(module);
      assert.equal(finding.state, 'note');
      assert.match(finding.says, says);
      assert.match(finding.help!, /no display: start fx under xvfb-run/);
    });

  it('speaks of no display only where there is none', async () => {
    assert.equal((await said('module.exports = () => null;', ':1')).help, 'use the renderer `software`');
  });
});
