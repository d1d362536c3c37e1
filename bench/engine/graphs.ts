import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One graph for every tool: stage n touches a file and waits for stage n - 10, so that ten chains run side by side. What a
 * stage does costs next to nothing: what is measured is the tool.
 */
const WIDTH = 10;

export type Write = (folder: string, stages: number) => void;

function before(n: number): number | undefined {
  return n < WIDTH ? undefined : n - WIDTH;
}

function numbers(stages: number): readonly number[] {
  return Array.from({ length: stages }, (_, n) => n);
}

export function forFx(folder: string, stages: number): void {
  const blocks = numbers(stages).map((n) => {
    const earlier = before(n);
    return [
      `  s${n}:`,
      '    uses: command',
      '    with:',
      '      run: [touch, out]',
      '      outputs: [out]',
      `      variables: { STAGE: "${n}" }`,
      ...(earlier === undefined ? [] : [`      inputs: { earlier: '\${s${earlier}}' }`]),
    ].join('\n');
  });
  writeFileSync(join(folder, 'package.json'), '{}');
  writeFileSync(join(folder, 'graph.yaml'), `fx: 1\nname: graph\nstages:\n${blocks.join('\n')}\n`);
}

/** A package a stage: turbo knows no other unit. */
export function forTurbo(folder: string, stages: number): void {
  const root = { name: 'graph', private: true, packageManager: 'npm@10.0.0', workspaces: ['packages/*'] };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(root));
  writeFileSync(
    join(folder, 'turbo.json'),
    JSON.stringify({ tasks: { build: { dependsOn: ['^build'], outputs: ['out'] } } }),
  );
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n.turbo\nout\n');
  for (const n of numbers(stages)) {
    const earlier = before(n);
    const at = join(folder, 'packages', `s${n}`);
    mkdirSync(at, { recursive: true });
    const manifest = {
      name: `s${n}`,
      version: '1.0.0',
      scripts: { build: 'touch out' },
      dependencies: earlier === undefined ? {} : { [`s${earlier}`]: '*' },
    };
    writeFileSync(join(at, 'package.json'), JSON.stringify(manifest));
  }
}

export function forWireit(folder: string, stages: number): void {
  const name = (n: number): string => `s${n}`;
  const names = numbers(stages).map(name);
  const steps = numbers(stages).map((n): [string, object] => {
    const earlier = before(n);
    const dependencies = earlier === undefined ? [] : [name(earlier)];
    return [name(n), { command: `touch out-${n}`, dependencies, files: [], output: [`out-${n}`] }];
  });
  const manifest = {
    name: 'graph',
    scripts: Object.fromEntries([...names, 'all'].map((each) => [each, 'wireit'])),
    wireit: { ...Object.fromEntries(steps), all: { dependencies: names } },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
}

export function forSnakemake(folder: string, stages: number): void {
  const rules = numbers(stages).map((n) => {
    const earlier = before(n);
    const input = earlier === undefined ? '' : `  input: "out/s${earlier}"\n`;
    return `rule s${n}:\n${input}  output: "out/s${n}"\n  shell: "touch {output}"\n`;
  });
  const all = numbers(stages).map((n) => `"out/s${n}"`);
  writeFileSync(join(folder, 'Snakefile'), `rule all:\n  input: ${all.join(', ')}\n${rules.join('')}`);
}
