import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const FX = resolve('bin/fx.js');

interface Step {
  readonly line: string;
  /** What must be among what it prints. */
  readonly prints: readonly string[];
}

/** The files that the page says to save, and what it says to type. */
function readPage(text: string): { readonly files: ReadonlyMap<string, string>; readonly steps: readonly Step[] } {
  const files = new Map<string, string>();
  const steps: Step[] = [];
  for (const [, info, body] of text.matchAll(/^```([^\n]*)\n([^]*?)^```$/gm)) {
    const title = /title=(\S+)/.exec(info!)?.[1];
    if (title !== undefined) files.set(title, body!);
    if (info !== 'console') continue;
    for (const typed of body!.split(/^\$ /m).filter((each) => each !== '')) {
      const [line, ...prints] = typed.trimEnd().split('\n');
      steps.push({ line: line!, prints });
    }
  }
  return { files, steps };
}

describe('the tutorial', function () {
  this.timeout(600_000);
  let folder: string | undefined;
  before(function () {
    if (spawnSync('python3', ['--version']).status !== 0) {
      console.log('      skipped: not installed: python3');
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'fx-tutorial-'));
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('does what it says, step by step, from an empty folder', () => {
    assert.ok(folder !== undefined);
    const { files, steps } = readPage(readFileSync('docs/tutorial.md', 'utf8'));
    assert.deepEqual([...files.keys()], ['study.py', 'experiment.yaml']);
    assert.equal(files.get('study.py')!.trimEnd().split('\n').length, 30);
    // As after `npm init -y`.
    writeFileSync(join(folder, 'package.json'), '{}\n');
    for (const [name, content] of files) writeFileSync(join(folder, name), content);
    writeFileSync(join(folder, 'fx'), `#!/bin/sh\nexec ${process.execPath} ${FX} "$@"\n`, { mode: 0o755 });
    assert.ok(steps.length >= 12);
    for (const { line, prints } of steps) {
      const done: SpawnSyncReturns<string> = spawnSync('sh', ['-c', line], {
        cwd: folder,
        encoding: 'utf8',
        env: {
          ...process.env,
          NO_COLOR: '1',
          PATH: `${folder}:${process.env.PATH!}`,
          XDG_CACHE_HOME: join(folder, '.cache'),
        },
      });
      const said = done.stdout + done.stderr;
      assert.equal(done.status, 0, `${line}\n${said}`);
      for (const each of prints) assert.ok(said.includes(each), `${line} does not print ${each}:\n${said}`);
    }
    const report = join(folder, 'reports/perceptron/default');
    for (const file of ['report.html', 'tables/accuracy.tex', 'figures/error.svg', 'numbers.tex', 'lock.yaml'])
      assert.ok(existsSync(join(report, file)), file);
    assert.match(readFileSync(join(report, 'numbers.tex'), 'utf8'), /\\detokenize\{accuracy\/160 points\/accuracy\}/);
    assert.match(readFileSync(join(report, 'figures/error.svg'), 'utf8'), /mark-area[^]*mark-line/);
  });
});
