import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { milliseconds } from '../../foundation/machine/clock.js';
import type { MachineFact } from '../../foundation/machine/machine-fact.js';

/** A job that has not started by then waits in a queue: nothing is wrong with it. */
const PATIENCE_MS = 30_000;

/** Whether stages can run on Slurm from here: its programs, its controller, and a job that writes into the cache from a node. */
export async function slurmFacts(cache: string, patience = PATIENCE_MS): Promise<readonly MachineFact[]> {
  const facts: MachineFact[] = [];
  for (const program of ['sbatch', 'squeue', 'scancel']) {
    const { exitCode, stdout, code } = await run(program, ['--version']);
    if (exitCode === 0) facts.push({ what: program, state: 'good', says: stdout.trim() });
    else {
      const says = code === 'ENOENT' ? 'is not installed' : 'does not start';
      facts.push({ what: program, state: 'bad', says, help: 'run on a login node of the cluster' });
    }
  }
  if (facts.some(({ state }) => state === 'bad')) return facts;
  const asked = await run('squeue', ['--noheader', '--me', '--format=%i']);
  if (asked.exitCode !== 0) {
    const says = `does not answer: ${asked.stderr.trim().split('\n').at(-1) ?? ''}`;
    const help = 'running jobs go on without it; ask the cluster’s administrators';
    return [...facts, { what: 'controller of Slurm', state: 'bad', says, help }];
  }
  facts.push({ what: 'controller of Slurm', state: 'good', says: 'answers' });
  facts.push(await probe(cache, patience));
  return facts;
}

/** A job that runs this Node.js on a node and writes a file into the cache. */
async function probe(cache: string, patience: number): Promise<MachineFact> {
  const what = 'a job on a node';
  const folder = join(cache, 'tmp', `doctor-${process.pid}`);
  const script =
    `#!/bin/sh\nexec '${process.execPath}' -e 'const fs = require("fs"), os = require("os"); ` +
    `fs.writeFileSync(process.argv[1] + "/part", os.hostname() + " " + process.version); ` +
    `fs.renameSync(process.argv[1] + "/part", process.argv[1] + "/answer")' "${folder}"\n`;
  mkdirSync(folder, { recursive: true });
  try {
    const words = ['--parsable', '--job-name=fx-doctor', '--ntasks=1', '--time=2', '--mem=256M', '--output=/dev/null'];
    const submitted = await run('sbatch', words, script);
    const id = /^\d+/.exec(submitted.stdout)?.[0];
    if (id === undefined) {
      const says = `is refused: ${submitted.stderr.trim().split('\n').at(-1) ?? ''}`;
      return { what, state: 'bad', says, help: 'set SBATCH_PARTITION, SBATCH_ACCOUNT, ... as your cluster requires' };
    }
    const answer = join(folder, 'answer');
    const until = milliseconds() + patience;
    let state = 'PENDING';
    while (!existsSync(answer) && milliseconds() < until && /^(PENDING|CONFIGURING|RUNNING)?$/.test(state)) {
      await sleep(500);
      state = (await run('squeue', ['--noheader', `--jobs=${id}`, '--states=all', '--format=%T'])).stdout.trim();
    }
    // A shared file system may show it late.
    if (!existsSync(answer) && state === 'COMPLETED') await sleep(5000);
    if (existsSync(answer)) {
      const [node, version] = readFileSync(answer, 'utf8').split(' ') as [string, string];
      const where = node === hostname() ? 'a node on this machine' : node;
      return { what, state: 'good', says: `ran Node.js ${version} on ${where} and wrote into the cache` };
    }
    if (/^(PENDING|CONFIGURING|RUNNING)$/.test(state)) {
      await run('scancel', ['--quiet', id]);
      return { what, state: 'note', says: `has not run after ${patience / 1000} s (${state}): the cluster is busy` };
    }
    return {
      what,
      state: 'bad',
      says: `wrote nothing into the cache (${state === '' ? 'gone from the queue' : state})`,
      help: `the nodes need ${process.execPath} and ${cache} at these paths: share both, or name a shared cache with --cache`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(
  program: string,
  words: readonly string[],
  input?: string,
): Promise<{ exitCode?: number | undefined; stdout: string; stderr: string; code?: string | undefined }> {
  const { exitCode, stdout, stderr, code } = await execa(program, words, {
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    reject: false,
    timeout: 20_000,
  });
  return { exitCode, stdout, stderr, code };
}
