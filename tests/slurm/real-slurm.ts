import type { Context } from 'mocha';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, hostname, tmpdir, totalmem, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scancel', 'sinfo', 'scontrol'];

/** What of Slurm is not installed here (Debian: slurmctld, slurmd, slurm-client, munge); undefined where all is. */
export function missingSlurm(): string | undefined {
  if (userInfo().uid !== 0) return 'a cluster of several nodes on one machine needs root';
  return PROGRAMS.find(
    (program) => !['/usr/bin', '/usr/sbin', '/bin', '/sbin'].some((folder) => existsSync(join(folder, program))),
  );
}

/** Skips what the hook is of, with a word, if a cluster cannot be started here. */
export function needsSlurm(hook: Context): void {
  const missing = missingSlurm();
  if (missing === undefined) return;
  console.log(`      skipped: ${missing} is not installed (Debian: slurmctld slurmd slurm-client munge)`);
  hook.skip();
}

let clusters = 0;

/** A real Slurm of several nodes on this machine's loopback address, below a folder of its own. */
export class RealSlurm {
  readonly folder: string;
  readonly #nodes: number;
  /** Eight ports a cluster, below those that the system gives out by itself. */
  readonly #port = 12_000 + ((process.pid * 4 + (clusters += 1)) % 2500) * 8;

  private constructor(nodes: number) {
    this.folder = mkdtempSync(join(tmpdir(), 'fx-slurm-'));
    this.#nodes = nodes;
    // Jobs of any user read the configuration.
    chmodSync(this.folder, 0o755);
  }

  /** What makes Slurm's programs talk to this cluster. */
  get environment(): Readonly<Record<string, string>> {
    return { SLURM_CONF: join(this.folder, 'slurm.conf') };
  }

  static async start(nodes: number): Promise<RealSlurm> {
    const slurm = new RealSlurm(nodes);
    for (const each of ['state', 'logs', 'pids']) mkdirSync(join(slurm.folder, each));
    writeFileSync(join(slurm.folder, 'munge.key'), randomBytes(1024), { mode: 0o600 });
    writeFileSync(join(slurm.folder, 'slurm.conf'), slurm.#configuration());
    writeFileSync(join(slurm.folder, 'cgroup.conf'), 'CgroupPlugin=cgroup/v1\n');
    const at = (name: string): string => join(slurm.folder, name);
    execFileSync('munged', [
      '--force',
      `--socket=${at('munge.socket')}`,
      `--key-file=${at('munge.key')}`,
      `--pid-file=${at('pids/munged')}`,
      `--log-file=${at('logs/munged')}`,
      `--seed-file=${at('munge.seed')}`,
    ]);
    slurm.startController();
    for (let i = 1; i <= nodes; i += 1) slurm.startNode(`n${i}`);
    await slurm.idle();
    return slurm;
  }

  startController(): void {
    this.#daemon('slurmctld', []);
  }

  startNode(name: string): void {
    mkdirSync(join(this.folder, `spool.${name}`), { recursive: true });
    this.#daemon('slurmd', ['-N', name]);
  }

  /** Kills a daemon outright: `slurmctld`, `slurmd.n1`. */
  kill(daemon: string): void {
    const pid = this.#pidOf(daemon);
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  }

  call(program: string, ...words: readonly string[]): string {
    return execFileSync(program, words, { encoding: 'utf8', env: { ...process.env, ...this.environment } });
  }

  /** Ids of the jobs that wait or run, `<array>_<i>`. */
  jobs(): readonly string[] {
    return this.call('squeue', '-h', '-r', '-t', 'PENDING,RUNNING', '-o', '%F_%K')
      .split('\n')
      .filter((line) => line !== '');
  }

  async noJobs(withinMs = 60_000): Promise<readonly string[]> {
    const until = performance.now() + withinMs;
    while (this.jobs().length > 0 && performance.now() < until) await sleep(100);
    return this.jobs();
  }

  /** Ends the controller as a restart does: it writes down what it knows. */
  async stopController(): Promise<void> {
    const pid = this.#pidOf('slurmctld');
    if (pid === undefined) return;
    process.kill(pid, 'SIGTERM');
    while (existsSync(`/proc/${pid}`)) await sleep(100);
  }

  async stop(): Promise<void> {
    try {
      this.call('scancel', '--quiet', `--user=${userInfo().username}`);
      await sleep(300);
    } catch {
      // The controller is down already.
    }
    const nodes = Array.from({ length: this.#nodes }, (_, i) => `slurmd.n${i + 1}`);
    for (const daemon of [...nodes, 'slurmctld', 'munged']) {
      const pid = this.#pidOf(daemon);
      if (pid === undefined) continue;
      process.kill(pid, 'SIGTERM');
      for (let i = 0; i < 50 && existsSync(`/proc/${pid}`); i += 1) await sleep(100);
      if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Waits until every node is ready for jobs. */
  async idle(withinMs = 120_000): Promise<void> {
    const until = performance.now() + withinMs;
    for (;;) {
      try {
        if (this.call('sinfo', '-h', '-t', 'idle', '-o', '%D').trim() === String(this.#nodes)) return;
      } catch {
        // The controller is not up yet.
      }
      if (performance.now() > until) throw new Error(`Slurm did not come up: ${this.#lastWords()}`);
      await sleep(100);
    }
  }

  #daemon(program: string, words: readonly string[]): void {
    const child = spawn(program, ['-f', join(this.folder, 'slurm.conf'), ...words], {
      stdio: 'ignore',
      detached: true,
    });
    child.unref();
  }

  #pidOf(daemon: string): number | undefined {
    const path = join(this.folder, 'pids', daemon);
    if (!existsSync(path)) return undefined;
    const pid = Number(readFileSync(path, 'utf8'));
    const name = daemon.split('.')[0]!;
    // The id may be another process's by now.
    const command = existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
    return command.includes(name) ? pid : undefined;
  }

  #lastWords(): string {
    const path = join(this.folder, 'logs', 'slurmctld');
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(-6).join('\n') : 'no log of the controller';
  }

  #configuration(): string {
    const host = hostname().split('.')[0]!;
    const at = (name: string): string => join(this.folder, name);
    const memory = Math.floor(totalmem() / 2 ** 20) - 256;
    const cores = cpus().length;
    const nodes = Array.from(
      { length: this.#nodes },
      (_, i) =>
        `NodeName=n${i + 1} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${this.#port + 1 + i} CPUs=${cores} CoresPerSocket=${cores} RealMemory=${memory} State=UNKNOWN`,
    );
    return [
      'ClusterName=fx',
      `SlurmctldHost=${host}(127.0.0.1)`,
      `SlurmctldPort=${this.#port}`,
      `SlurmUser=${userInfo().username}`,
      `SlurmdUser=${userInfo().username}`,
      'AuthType=auth/munge',
      'CredType=cred/munge',
      `AuthInfo=socket=${at('munge.socket')},cred_expire=5`,
      `StateSaveLocation=${at('state')}`,
      `SlurmdSpoolDir=${at('spool.%n')}`,
      `SlurmctldPidFile=${at('pids/slurmctld')}`,
      `SlurmdPidFile=${at('pids/slurmd.%n')}`,
      `SlurmctldLogFile=${at('logs/slurmctld')}`,
      `SlurmdLogFile=${at('logs/slurmd.%n')}`,
      'ProctrackType=proctrack/linuxproc',
      'TaskPlugin=task/none',
      'SwitchType=switch/none',
      'MpiDefault=none',
      'SelectType=select/cons_tres',
      'SelectTypeParameters=CR_Core_Memory',
      'SchedulerType=sched/backfill',
      'SchedulerParameters=bf_interval=1,bf_resolution=1,sched_interval=1,batch_sched_delay=0',
      'JobAcctGatherType=jobacct_gather/linux',
      'JobAcctGatherFrequency=task=1',
      'JobAcctGatherParams=OverMemoryKill',
      'AccountingStorageType=accounting_storage/none',
      'MaxArraySize=10001',
      'MinJobAge=300',
      'KillWait=2',
      'SlurmdTimeout=10',
      'SlurmctldTimeout=10',
      'BatchStartTimeout=10',
      'ReturnToService=2',
      'DefMemPerCPU=256',
      'OverTimeLimit=0',
      ...nodes,
      `PartitionName=main Nodes=n[1-${this.#nodes}] Default=YES MaxTime=INFINITE State=UP`,
      '',
    ].join('\n');
  }
}
