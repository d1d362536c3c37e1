/**
 * `fx ui` at size: 1,000 runs, one of them with 2,000 stages and 200 curves of 2,000 points. How long the first views take in
 * Chromium, how much memory the server takes, and what keeping and watching cost a run.
 *
 *     node dist/bench/ui.js
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '../src/engine/run/event.js';
import type { RunGraph } from '../src/history/graph.js';
import { idOf, runsFolder, runIds, type RunEntry } from '../src/history/history.js';
import { usageOf } from '../src/foundation/machine/processes.js';
import { Recorder } from '../src/history/recorder.js';
import { FINISHED, Study } from '../tests/ui/study.js';
import { openBrowser } from '../tests/ui/browser.js';
import { messageOf } from './child.js';
import { median, noteFigure } from './figure.js';

const STAGES = 2000;
const CURVES = 200;
const POINTS = 2000;
const RUNS = 1000;

/** Milliseconds until a page shows what was asked for. */
const MOST_VIEW = 1000;
/** A frame that takes longer, in milliseconds, is seen as a halt; the share of such frames while scrolling, in per cent. */
const LATE = 50;
const MOST_LATE = 2;
/** Pairs of a run alone and a run watched. */
const PAIRS = 11;

/** Down by a hundred pixels a frame, as a wheel does: the milliseconds of each frame. */
const SCROLL = `new Promise((done) => {
  const frames = [];
  let last;
  const step = (now) => {
    if (last !== undefined) frames.push(now - last);
    last = now;
    window.scrollBy(0, 100);
    if (frames.length < 120) requestAnimationFrame(step);
    else done(frames);
  };
  requestAnimationFrame(step);
})`;

const [, , role, folder] = process.argv;
if (role === 'watched') work(folder!);
else await measure();

async function measure(): Promise<void> {
  const study = new Study();
  try {
    fill(study);
    keeping();
    const server = spawn(process.execPath, [resolve('bin/fx.js'), 'ui', '--json'], { cwd: study.root });
    const [said] = (await once(server.stdout, 'data')) as [Buffer];
    const { address, port } = JSON.parse(said.toString()) as { readonly address: string; readonly port: number };
    const own = { address, port, token: address.split('token=')[1]! };
    const get = async (path: string): Promise<number> => {
      const began = performance.now();
      const response = await fetch(`http://127.0.0.1:${own.port}/${path}`, {
        headers: { authorization: `Bearer ${own.token}` },
      });
      const bytes = (await response.arrayBuffer()).byteLength;
      say(
        `${path.padEnd(52)} ${(performance.now() - began).toFixed(0).padStart(6)} ms ${(bytes / 1024).toFixed(0).padStart(6)} KiB`,
      );
      return bytes;
    };
    const id = runIds(study.root)[0]!;
    await get('api/runs');
    await get('api/runs');
    await get(`api/runs/${id}`);
    await get(`api/runs/${id}/curves?of=loss`);
    const browser = await openBrowser();
    if (browser === undefined) say('no Chromium here');
    else {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      await page.goto(own.address);
      await page.locator('.run').first().waitFor();
      const scrolled = async (what: string): Promise<void> => {
        const frames = await page.evaluate<number[]>(SCROLL);
        const late = (100 * frames.filter((frame) => frame > LATE).length) / frames.length;
        const [middle, longest] = [median(frames), Math.max(...frames)].map((frame) => frame.toFixed(0)) as [
          string,
          string,
        ];
        say(
          `scrolling ${what.padEnd(42)} ${late.toFixed(1).padStart(6)} % of ${frames.length} frames took more than ${LATE} ms (median ${middle}, longest ${longest} ms)`,
        );
        note(`ui: late frames, scrolling ${what}`, late, '%', MOST_LATE);
      };
      for (const [name, place, seen] of [
        ['1,000 runs', '#/runs', '.run'],
        ['2,000 stages', `#/run/${id}`, '.stage'],
      ] as const) {
        await page.goto('about:blank');
        const began = performance.now();
        await page.goto(`http://127.0.0.1:${own.port}/${place}`);
        await page.locator(seen).first().waitFor();
        const took = performance.now() - began;
        say(`first view of ${name.padEnd(38)} ${took.toFixed(0).padStart(6)} ms`);
        note(`ui: first view of ${name}`, took, 'ms', MOST_VIEW);
        await scrolled(name);
        await page.evaluate('window.scrollTo(0, 0)');
      }
      await page.goto('about:blank');
      await page.goto(`http://127.0.0.1:${own.port}/#/run/${id}`);
      await page.locator('.stage').first().waitFor();
      const began = performance.now();
      await page.locator('.curves figure').first().scrollIntoViewIfNeeded();
      await page.locator('.curves canvas').first().waitFor();
      const drawn = performance.now() - began;
      say(`200 curves drawn ${''.padEnd(35)} ${drawn.toFixed(0).padStart(6)} ms`);
      note('ui: first view of 200 curves of 2,000 points', drawn, 'ms', MOST_VIEW);
      await page.waitForTimeout(1000);
      await scrolled('200 curves');
      await browser.close();
    }
    say(
      `memory of the server ${''.padEnd(31)} ${(residentOf(server) / 2 ** 20).toFixed(0).padStart(6)} MiB (at most ${(peakOf(server) / 2 ** 20).toFixed(0)})`,
    );
    note('ui: memory of the server, at most', peakOf(server) / 2 ** 20, 'MiB', 150);
    await watching(study, own, server);
    server.kill();
  } finally {
    study.remove();
  }
}

/** What it costs a run to keep its events: processor time of the thread that runs it. */
function keeping(): void {
  const root = mkdtempSync(join(tmpdir(), 'fx-keep-'));
  const recorder = new Recorder(root, { experiment: 'x', profile: 'mini', file: 'x.yaml', set: [] });
  const count = 20_000;
  const began = process.cpuUsage();
  for (let i = 0; i < count; i += 1) {
    recorder.hear({ event: 'part', stage: 'a', part: `part-${i}`, status: 'executed' });
    recorder.hear({ event: 'point', stage: 'a', step: i, values: { loss: 1 / i, active: 0.5, spread: 0.3 } });
  }
  const { user, system } = process.cpuUsage(began);
  recorder.end('done');
  say(`keeping an event ${''.padEnd(35)} ${((user + system) / (2 * count)).toFixed(1).padStart(6)} µs`);
  rmSync(root, { recursive: true });
}

/**
 * A run at work for a few seconds that says a hundred things a second, alone and with its page open, in turn: processor time of its own.
 * Of pairs the one in the middle counts, since others may be at work on this machine.
 */
async function watching(
  study: Study,
  own: { readonly port: number; readonly token: string },
  server: ChildProcess,
): Promise<void> {
  const slower: number[] = [];
  const shares: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const seconds = { alone: 0, watched: 0 };
    // Neither is always the first.
    const order = pair % 2 === 0 ? (['alone', 'watched'] as const) : (['watched', 'alone'] as const);
    for (const how of order) {
      const child = fork(fileURLToPath(import.meta.url), ['watched', study.root]);
      const { id } = await messageOf<{ id: string }>('the run', child);
      const end = new AbortController();
      if (how === 'watched') {
        const response = await fetch(`http://127.0.0.1:${own.port}/api/runs/${id}/stream?events=0&series=0`, {
          headers: { authorization: `Bearer ${own.token}` },
          signal: end.signal,
        });
        void response.text().catch(() => undefined);
      }
      const before = busyOf(server);
      const began = performance.now();
      child.send('go');
      seconds[how] = (await messageOf<{ seconds: number }>('the run', child)).seconds;
      if (how === 'watched') shares.push((1000 * (busyOf(server) - before)) / (performance.now() - began));
      end.abort();
      child.kill();
    }
    slower.push(100 * (seconds.watched / seconds.alone - 1));
  }
  const [middle, share] = [median(slower), 100 * median(shares)];
  const ends = [Math.min(...slower), Math.max(...slower)].map((value) => value.toFixed(1)).join(' to ');
  say(`processor time of a run, watched ${''.padEnd(19)} ${middle.toFixed(1).padStart(6)} % more than alone (${ends})`);
  say(`processor time of the server meanwhile ${''.padEnd(13)} ${share.toFixed(1).padStart(6)} % of a core`);
  note('ui: processor time that being watched adds to a run', middle, '%', 2);
}

function work(root: string): void {
  const recorder = new Recorder(root, { experiment: 'watched', profile: 'mini', file: 'x.yaml', set: [] });
  process.send!({ id: runIds(root)[0] });
  process.once('message', () => {
    void spend(recorder);
  });
}

/** 100 pieces of 10 milliseconds or so, after each of which the loop of events has its turn, as in a run. */
async function spend(recorder: Recorder): Promise<void> {
  const began = process.cpuUsage();
  let sum = 0;
  for (let i = 0; i < 100; i += 1) {
    for (let n = 0; n < 2_000_000; n += 1) sum += Math.sqrt(n + i);
    recorder.hear({ event: 'progress', stage: `a${i % 50}`, done: i, total: 100, unit: 'steps' });
    recorder.hear({ event: 'point', stage: 'a', step: i, values: { loss: sum } });
    await new Promise((done) => setImmediate(done));
  }
  const { user, system } = process.cpuUsage(began);
  recorder.end('done');
  process.send!({ seconds: (user + system) / 1e6 });
}

function fill(study: Study): void {
  const about = { profile: 'mini', file: 'x.yaml', set: ['yaw=[-10 deg, 10 deg]'], commit: 'a'.repeat(40), pid: 1 };
  for (let i = 0; i < RUNS - 1; i += 1) {
    const began = new Date(Date.UTC(2026, 0, 1, 0, i));
    const ended = {
      state: 'done',
      seconds: 12,
      stages: { reused: 3, executed: 4, failed: 0, skipped: 0 },
      verdicts: { reproduced: 3, 'not reproduced': 1, undecided: 2 },
    } as const;
    const entry: RunEntry = {
      schema: 'fx/run-entry@1',
      id: idOf(began, 1),
      experiment: `study-${i % 7}`,
      began: began.toISOString(),
      ended,
      ...about,
    };
    mkdirSync(join(runsFolder(study.root), entry.id), { recursive: true });
    writeFileSync(join(runsFolder(study.root), entry.id, 'run.json'), JSON.stringify(entry));
  }
  const names = Array.from({ length: STAGES }, (_, i) =>
    i < CURVES ? `train[data=${i}]` : `verify-${i % 20}[model=${i}]`,
  );
  const graph: RunGraph = {
    schema: 'fx/run-graph@1',
    title: 'A large study',
    kinds: { k: { says: 'Does something.' } },
    stages: names.map((id, i) => ({
      id,
      name: id.replace(/\[.*/, ''),
      kind: 'k',
      reads: i < CURVES ? [] : [names[i % CURVES]!],
    })),
  };
  const events: RunEvent[] = [{ event: 'started', stages: STAGES, cores: 2 }];
  for (const stage of names)
    events.push(
      { event: 'stage', stage, status: 'running' },
      { event: 'stage', stage, status: 'executed', seconds: 3 },
    );
  for (let step = 1; step <= POINTS; step += 1)
    for (let c = 0; c < CURVES; c += 1)
      events.push({
        event: 'point',
        stage: names[c]!,
        step,
        values: { epoch: step, loss: Math.exp(-step / 600) + 0.05 * Math.sin(step * (c + 1)), active: 1 / step },
      });
  study.record('large', [...events, FINISHED], graph);
}

function residentOf(child: ChildProcess): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid!}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

function peakOf(child: ChildProcess): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid!}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

/** Seconds of processor time since it began. */
function busyOf(child: ChildProcess): number {
  return usageOf(child.pid!)?.seconds ?? 0;
}

function note(work: string, value: number, unit: string, atMost: number): void {
  noteFigure({ work, value, unit, bar: { of: 'value', atMost } });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
