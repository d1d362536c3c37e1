import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Graph } from '../../../src/engine/graph/graph.js';
import { checkGraph } from '../../../src/engine/plan/check.js';
import { clusterExecutor } from '../../../src/engine/run/cluster/executor.js';
import { Mailbox } from '../../../src/engine/run/cluster/mailbox.js';
import { runGraph, type Outcome } from '../../../src/engine/run/run.js';
import type { WorkerPool } from '../../../src/engine/run/worker/workers.js';
import { needy } from './kinds.js';
import { ProcessScheduler } from './cluster/process-scheduler.js';
import { graphOf, World } from './world.js';

const LINES: Readonly<Record<string, number>> = { '/lacks': 7 };

describe('what a stage needs of the machine that does its work', function () {
  this.timeout(60_000);
  let world: World;
  let scheduler: ProcessScheduler;
  beforeEach(() => {
    world = new World();
    scheduler = new ProcessScheduler();
  });
  afterEach(async () => {
    await world.close();
    assert.deepEqual(await scheduler.left(), []);
  });

  function stage(lacks: string): Graph {
    const given = { login: process.pid, lacks, count: 3, text: 'piece' };
    const graph = graphOf([{ id: 'pieces', kind: needy, with: given }]);
    const at = (line: number) => ({
      file: 'test.yaml',
      start: { line, column: 1 },
      end: { line, column: 2 },
    });
    return { ...graph, stages: graph.stages.map((node) => ({ ...node, placeOf: (to) => at(LINES[to] ?? 1) })) };
  }

  function cluster(): WorkerPool {
    const mail = new Mailbox(join(world.directory, 'mine', 'run'));
    return clusterExecutor({
      scheduler,
      mail,
      name: 'fx-machine',
      command: [process.execPath, fileURLToPath(new URL('cluster/pilot.js', import.meta.url)), mail.root],
      directory: world.directory,
      jobs: 1,
      warn: () => undefined,
      pace: { look: 20, ask: 300, latency: 1000 },
    });
  }

  async function onCluster(graph: Graph): Promise<Outcome> {
    const workers = cluster();
    const options = { resources: { cores: 2, memory: 2 ** 33, gpus: 0 }, signal: new AbortController().signal };
    const services = { ...world.services, workers };
    return runGraph(graph, services, { ...options, emit: (event) => world.events.push(event) }).finally(() =>
      workers.close(),
    );
  }

  /** Where the kind was asked. */
  function asked(): readonly string[] {
    const path = `${process.env.FX_TEST_LEDGER!}.asked`;
    return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  }

  function failureOf({ stages: [outcome] }: Outcome) {
    assert.equal(outcome?.status, 'failed');
    return outcome.diagnostics[0]!;
  }

  it('is asked of this machine where the work is done here, and refused before anything runs', async () => {
    const { code, message, place } = failureOf(await world.run(stage('login')));
    assert.deepEqual([code, message, place?.start.line], ['test/lacking', 'it lacks a display', 7]);
    const checked = await checkGraph(stage('login'), world.services, true);
    assert.ok(!checked.ok);
    assert.equal(checked.error[0]!.code, 'test/lacking');
    assert.ok((await world.run(stage('node'))).ok);
    assert.deepEqual([...new Set(asked())], ['login']);
  });

  it('is not asked of the machine of the run where others do the work, but of those, once for all parts', async () => {
    const outcome = await onCluster(stage('login'));
    assert.ok(outcome.ok);
    assert.deepEqual(asked(), ['node']);
    assert.ok((await checkGraph(stage('login'), world.services, false)).ok);
    assert.deepEqual(asked(), ['node']);
  });

  it('fails the work with a word, at its place in the YAML, where the machine that does it lacks it', async () => {
    const outcome = await onCluster(stage('node'));
    const diagnostic = failureOf(outcome);
    assert.deepEqual(
      [diagnostic.code, diagnostic.message, diagnostic.place?.start.line],
      ['test/lacking', `on ${hostname()}, it lacks a display`, 7],
    );
    assert.ok(!('pointer' in diagnostic));
    assert.deepEqual(world.executed(), []);
  });

  it('changes nothing of what is said of parameters, wherever the work is done', async () => {
    for (const outcome of [await world.run(stage('cat')), await onCluster(stage('cat'))]) {
      assert.equal(failureOf(outcome).code, 'test/word');
    }
    assert.deepEqual(
      world.events.flatMap((event) => (event.event === 'part' ? [event] : [])),
      [],
    );
  });
});
