import { randomInt } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';
import type { ResultRecord } from '../../engine/artifacts/content/result-record.js';
import { audit, type Audit, type AuditOptions } from '../../engine/sharing/audit/audit.js';
import { unlimited } from '../../engine/sharing/remote/blobs.js';
import { pullResult, type Remote } from '../../engine/sharing/remote/transfer.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import { parseQuantity } from '../../foundation/schema/quantity.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { onInterrupt } from '../program/interrupt.js';
import type { OpenExperiment } from '../project/open-experiment.js';
import type { Terminal } from '../terminal/terminal.js';

/** Options of the commands that recompute a sample. */
export interface AuditChoice {
  /** A share of the parts, `5%`; true where only the word was given. */
  readonly audit?: string | true;
  readonly seed?: number;
  readonly metrics?: boolean;
}

/** The share of parts to make again; undefined where none was asked for. */
export function auditShare({ audit: share, metrics }: AuditChoice): Result<number | undefined> {
  if (share === undefined) return ok(metrics === true ? DEFAULT_SHARE : undefined);
  if (share === true) return ok(DEFAULT_SHARE);
  const value = parseQuantity('fraction', share);
  if (typeof value === 'number' && value > 0 && value <= 1) return ok(value);
  const message = `--audit is \`${share}\`, which is no share of the parts`;
  return fail(failure('verify/bad-share', message, 'write it like 5%, or 100% for all'));
}

const DEFAULT_SHARE = 0.05;

/** Recomputes a sample of the parts and reports on each. */
export async function auditExperiment(
  experiment: OpenExperiment,
  remote: Remote | undefined,
  records: ReadonlyMap<string, ResultRecord>,
  choice: AuditChoice & Pick<AuditOptions, 'share' | 'only' | 'ofEachKind'> & { readonly cores?: number },
  terminal: Terminal,
): Promise<Audit> {
  const { graph, services } = experiment;
  const interruption = onInterrupt(
    () => terminal.note(terminal.yellow('stopping. Press again to stop at once')),
    () => services.workers.kill(),
  );
  // Nobody can know beforehand which parts are looked at, unless the seed is given.
  const seed = choice.seed ?? randomInt(2 ** 31);
  try {
    return await audit(
      graph,
      { services, records, bring: (record) => bring(experiment, remote, record) },
      {
        share: choice.share,
        seed,
        metrics: choice.metrics ?? false,
        ...(choice.only === undefined ? {} : { only: choice.only }),
        ofEachKind: choice.ofEachKind ?? false,
        resources: { cores: choice.cores ?? availableParallelism(), memory: totalmem(), gpus: 0 },
        signal: interruption.signal,
        hear: (event) => {
          if (event.event === 'chosen')
            terminal.note(`recomputing ${event.parts} of ${event.of} parts ${terminal.dim(`(seed ${seed})`)}`);
          else terminal.note(`  ${event.same ? terminal.green('same') : terminal.red('other')}  ${event.name}`);
        },
      },
    );
  } finally {
    await services.workers.close();
    interruption.end();
  }
}

/** Whether a result's files are in the cache, after fetching them where need be. */
export async function bring(
  { services }: OpenExperiment,
  remote: Remote | undefined,
  record: ResultRecord,
): Promise<boolean> {
  const { cache } = services;
  if (services.isThere(record)) return true;
  const entry = (await remote?.results.findEntry(record.key))?.entry;
  if (remote === undefined || entry === undefined) return false;
  return (await pullResult(remote, cache, entry, unlimited())).ok;
}
