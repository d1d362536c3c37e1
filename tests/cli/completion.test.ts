import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { completionScript, SHELLS } from '../../src/cli/commands/completion-run.js';
import { describeCommands } from '../../src/cli/program.js';

function program(): Command {
  const all = new Command('fx');
  describeCommands(all, () => undefined);
  return all;
}

/** What bash offers behind each of these command lines: one bash reads the script and is asked them all. */
function offeredBehind(lines: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const asked = lines.map(
    (words) =>
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMPREPLY=(); _fx; printf '%s\\n' "\${COMPREPLY[@]}" '='`,
  );
  const script = [completionScript(program(), 'bash'), ...asked].join('\n');
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  assert.doesNotMatch(stderr, /syntax error|not found/);
  const answers = stdout.split('=\n').slice(0, -1);
  assert.equal(answers.length, lines.length);
  return answers.map((answer) => answer.split('\n').filter((word) => word !== ''));
}

const offered = (...words: readonly string[]): readonly string[] => offeredBehind([words])[0]!;

describe('completion in a shell', function () {
  this.timeout(60_000);
  it('offers every command, and every option of each, in bash', () => {
    assert.deepEqual(
      offered('fx', '')
        .filter((word) => !word.startsWith('-'))
        .sort(),
      program()
        .commands.map((command) => command.name())
        .sort(),
    );
    assert.deepEqual(offered('fx', 'ru'), ['run']);
    assert.deepEqual(offered('fx', 'cache', ''), [
      ...program()
        .commands.find((each) => each.name() === 'cache')!
        .commands.map((each) => each.name()),
      '--help',
    ]);
    const { commands } = program();
    const options = offeredBehind(commands.map((command) => ['fx', command.name(), '-']));
    for (const [i, command] of commands.entries())
      for (const option of command.options)
        assert.ok(options[i]!.includes(option.long!), `${command.name()} ${option.long!}`);
    assert.deepEqual(offered('fx', 'cache', 'gc', '--max-'), ['--max-size', '--max-age']);
  });

  it('offers the values that an option may have, and files elsewhere', () => {
    assert.deepEqual(offered('fx', 'graph', 'x.yaml', '--format', ''), ['text', 'mermaid', 'dot', 'svg']);
    assert.deepEqual(offered('fx', 'run', ''), []);
    assert.deepEqual(offered('fx', 'run', '--cache', ''), []);
  });

  for (const shell of SHELLS)
    it(`is a script that ${shell} reads`, function () {
      if (spawnSync(shell, ['--version']).error !== undefined) {
        console.log(`      skipped: ${shell} is not installed`);
        this.skip();
      }
      const script = completionScript(program(), shell);
      const file = join(mkdtempSync(join(tmpdir(), 'fx-completion-')), 'script');
      writeFileSync(file, script);
      const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
      rmSync(dirname(file), { recursive: true });
      assert.equal(status, 0, stderr);
      for (const name of ['run', 'list', 'completion', 'gc']) assert.ok(script.includes(name));
    });

  it('offers commands and their options in fish', function () {
    if (spawnSync('fish', ['--version']).error !== undefined) this.skip();
    const ask = (line: string): string =>
      spawnSync('fish', ['-N', '-c', `${completionScript(program(), 'fish')}\ncomplete -C '${line}'`], {
        encoding: 'utf8',
      }).stdout;
    assert.match(ask('fx ca'), /^cache\t/m);
    assert.match(ask('fx run --keep'), /^--keep-going\t/m);
    assert.match(ask('fx graph --format '), /^mermaid\t/m);
    assert.match(ask('fx cache '), /^gc\t/m);
  });
});
