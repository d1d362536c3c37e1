import { join } from 'node:path';
import { collect, DEFAULT_LIMITS } from '../../engine/artifacts/upkeep/collect.js';
import { inventory } from '../../engine/artifacts/upkeep/inventory.js';
import { verifyCache } from '../../engine/artifacts/upkeep/verify.js';
import { diskFiles } from '../../engine/document/disk.js';
import { findProject } from '../../engine/reading/read-experiment.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import { sayBytes } from '../../foundation/files/files.js';
import { parseQuantity } from '../../foundation/schema/quantity.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { EXIT } from '../program/exit.js';
import { keysOfLocks, keysOfPlan } from '../known/kept.js';
import { openExperiment, usableCache } from '../project/open-experiment.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { columns } from '../terminal/table.js';
import { openTerminal } from '../terminal/terminal.js';

export interface CacheOptions {
  readonly cache?: string;
  readonly json?: boolean;
}

export interface GcOptions extends CacheOptions {
  readonly profile?: string;
  readonly maxSize?: string;
  readonly maxAge?: string;
  readonly dryRun?: boolean;
}

/** `fx cache ls`: what is kept, the largest first. */
export function list(options: CacheOptions): number {
  const terminal = openTerminal();
  const usable = usableCache(options, projectHere());
  if (!usable.ok) return showDiagnostics(usable.error, () => undefined, terminal, options);
  const cache = usable.value;
  const { holdings, results, blobs, bytes, unused } = inventory(cache);
  const largest = [...holdings].sort((a, b) => b.bytes - a.bytes);
  if (options.json === true) {
    terminal.json({ schema: 'fx/cache@1', folder: cache.root, results, blobs, bytes, unused, holdings: largest });
    return EXIT.done;
  }
  const rows = largest.map((holding) => [
    holding.stage,
    terminal.result.dim(holding.kind),
    String(holding.results),
    sayBytes(holding.bytes),
    terminal.result.dim(holding.used.toISOString().slice(0, 10)),
  ]);
  const head = ['stage', 'kind', 'results', 'size', 'last used'].map(terminal.result.bold);
  if (rows.length > 0) terminal.say(columns([head, ...rows], [2, 3]));
  const waste = unused > 0 ? `, ${sayBytes(unused)} of no result` : '';
  terminal.say(`${results} results in ${blobs} blobs, ${sayBytes(bytes)}${waste}, at ${cache.root}`);
  return EXIT.done;
}

/** `fx cache verify`: hashes everything. Exit code 3 where something was damaged, which is removed. */
export async function verify(options: CacheOptions): Promise<number> {
  const terminal = openTerminal();
  const usable = usableCache(options, projectHere());
  if (!usable.ok) return showDiagnostics(usable.error, () => undefined, terminal, options);
  const verified = await verifyCache(usable.value, {
    progress: (done, total) => {
      terminal.count(`${sayBytes(done)} of ${sayBytes(total)}`);
    },
  });
  terminal.count('');
  const { blobs, bytes, results, preimages, damaged, incomplete } = verified;
  if (options.json === true) terminal.json({ schema: 'fx/cache-verification@1', ...verified });
  else {
    showDiagnostics(damaged, () => undefined, terminal, {});
    const gone = incomplete > 0 ? `; ${incomplete} results lack files that are no longer kept` : '';
    const state = damaged.length === 0 ? 'all sound' : `${damaged.length} damaged and removed`;
    terminal.say(`${blobs} blobs (${sayBytes(bytes)}), ${results} results, ${preimages} preimages: ${state}${gone}`);
  }
  return damaged.length === 0 ? EXIT.done : EXIT.refuted;
}

/**
 * `fx cache unlock`: ends leases of any holder. Harmless: who is at work goes on, and what is made twice comes out the
 * same.
 */
export function unlock(key: string | undefined, options: CacheOptions): number {
  const terminal = openTerminal();
  const usable = usableCache(options, projectHere());
  if (!usable.ok) return showDiagnostics(usable.error, () => undefined, terminal, options);
  const broken = usable.value.leases.unlock(key);
  if (options.json === true) terminal.say(JSON.stringify({ schema: 'fx/unlocked@1', leases: broken }));
  else {
    for (const { key: of, pid, since } of broken)
      terminal.say(`${of.slice(0, 12)}...: held by process ${pid} since ${since.toISOString()}`);
    terminal.say(broken.length === 0 ? 'no leases are held' : `${broken.length} ended`);
  }
  return EXIT.done;
}

/** `fx cache gc`: what nobody used for long, or is too much. */
export async function gc(experiments: readonly string[], options: GcOptions): Promise<number> {
  const terminal = openTerminal();
  const limits = limitsOf(options);
  if (!limits.ok) return showDiagnostics(limits.error, () => undefined, terminal, options);
  const usable = usableCache(options, projectHere());
  if (!usable.ok) return showDiagnostics(usable.error, () => undefined, terminal, options);
  const keep = new Set(keysOfLocks(projectHere()));
  for (const file of experiments) {
    const opened = await openExperiment(file, options, () => undefined);
    if (!opened.ok) return showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
    const keys = await keysOfPlan(opened.experiment);
    if (!keys.ok) return showDiagnostics(keys.error, opened.experiment.sources, terminal, options);
    for (const key of keys.value) keep.add(key);
  }
  const collected = await collect(usable.value, {
    limits: limits.value,
    keep,
    ...(options.dryRun === true ? { rehearse: true } : {}),
  });
  const { results, blobs, bytes, leftovers, remaining } = collected;
  if (options.json === true) terminal.json({ schema: 'fx/collected@1', ...collected });
  else {
    const what = options.dryRun === true ? 'would remove' : 'removed';
    const rest = leftovers > 0 ? ` and ${leftovers} leftovers of dead processes` : '';
    terminal.say(`${what} ${results} results, ${blobs} blobs (${sayBytes(bytes)})${rest}; ${sayBytes(remaining)} stay`);
  }
  return EXIT.done;
}

function limitsOf({ maxSize, maxAge }: GcOptions): Result<{ readonly size: number; readonly age: number }> {
  const size = maxSize === undefined ? DEFAULT_LIMITS.size : parseQuantity('size', maxSize);
  if (typeof size !== 'number' || size < 0) {
    return fail(
      failure('cache/bad-limit', `--max-size is \`${maxSize!}\`, which is no size`, 'write it like "20 GiB"'),
    );
  }
  const age = maxAge === undefined ? DEFAULT_LIMITS.age : parseQuantity('duration', maxAge);
  if (typeof age !== 'number' || age < 0) {
    return fail(
      failure('cache/bad-limit', `--max-age is \`${maxAge!}\`, which is no duration`, 'write it like "30 d"'),
    );
  }
  return ok({ size, age });
}

function projectHere(): string {
  return findProject(join(process.cwd(), 'experiment.yaml'), diskFiles);
}
