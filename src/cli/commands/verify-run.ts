import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { known } from '../../engine/artifacts/cache.js';
import type { ResultRecord } from '../../engine/artifacts/content/result-record.js';
import { recordOf } from '../../engine/run/record.js';
import type { SharingCode } from '../../engine/sharing/codes.js';
import { checkProvenance, verifyFrozen } from '../../engine/sharing/frozen.js';
import type { Lock } from '../../engine/sharing/lock.js';
import type { Remote } from '../../engine/sharing/remote/transfer.js';
import { holds, verificationMarkdown, type Check, type Verification } from '../../engine/sharing/verification.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import { statIfPresent } from '../../foundation/files/files.js';
import { auditExperiment, auditShare, type AuditChoice } from '../results/audit.js';
import { EXIT } from '../program/exit.js';
import { locate } from '../export/results.js';
import { readIfPresent, readLock } from '../results/lock.js';
import { makeReport, reportFolder } from '../report/write.js';
import { chooseRemote, type RemoteChoice } from '../project/remote.js';
import { openExperiment, type OpenExperiment } from '../project/open-experiment.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { openTerminal } from '../terminal/terminal.js';
import type { ExperimentOptions } from '../program/options.js';

export interface VerifyOptions extends ExperimentOptions, RemoteChoice, AuditChoice {
  readonly frozen?: boolean;
  readonly report?: boolean;
  readonly cores?: number;
}

/**
 * `fx verify`: whether YAML, code, lock, results and report agree and, with `--audit`, whether a sample of the work comes
 * out the same again. Exit code 3 where they do not.
 */
export async function verify(file: string, options: VerifyOptions): Promise<number> {
  const terminal = openTerminal();
  const share = auditShare(options);
  if (!share.ok) return showDiagnostics(share.error, () => undefined, terminal, options);
  const reading = share.value === undefined ? { ...options, executesNothing: true } : options;
  const opened = await openExperiment(file, reading, (warning) => terminal.note(terminal.yellow(warning.message)));
  if (!opened.ok) {
    const code = showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
    return opened.diagnostics.some(({ code }) => REFUSALS.has(code)) ? EXIT.refuted : code;
  }
  const { experiment } = opened;
  const { graph } = experiment;
  const lock = await readLock(experiment.project, graph);
  if (!lock.ok) {
    showDiagnostics(lock.error, experiment.sources, terminal, options);
    return EXIT.refuted;
  }
  const remote = await chooseRemote(options, experiment.project);
  if (!remote.ok) return showDiagnostics(remote.error, experiment.sources, terminal, options);
  const { checks, records } = await frozenChecks(experiment, lock.value, remote.value, options);
  const audited =
    share.value === undefined
      ? undefined
      : await auditExperiment(experiment, remote.value, records, { ...options, share: share.value }, terminal);
  const verification: Verification = {
    schema: 'fx/verification@1',
    experiment: graph.name,
    profile: graph.profile,
    checks: [...checks, ...(audited?.checks ?? [])],
    ...(audited === undefined ? {} : { audit: audited.summary }),
  };
  if (options.json === true) terminal.json(verification);
  else terminal.say(verificationMarkdown(verification).trimEnd().split('\n'));
  return holds(verification) ? EXIT.done : EXIT.refuted;
}

/** What a bundle is refused for. */
const REFUSALS: ReadonlySet<string> = new Set<SharingCode>([
  'bundle/unreadable',
  'bundle/unsafe',
  'bundle/too-large',
  'bundle/incomplete',
  'bundle/other-result',
  'remote/unsigned',
]);

async function frozenChecks(
  experiment: OpenExperiment,
  lock: Lock,
  remote: Remote | undefined,
  options: VerifyOptions,
): Promise<{ readonly checks: readonly Check[]; readonly records: ReadonlyMap<string, ResultRecord> }> {
  const { graph, services, project } = experiment;
  const { checks, records } = await verifyFrozen(graph, lock, {
    code: (kind) => services.code(kind),
    find: (key, trouble) => locate(services.cache, remote, key, trouble),
  });
  if (options.report === false || graph.report === undefined) return { checks, records };
  const folder = reportFolder(project, { experiment: graph });
  const path = join(folder, 'report.json');
  const provenance = checkProvenance(readIfPresent(path), lock, relative(process.cwd(), path));
  return { checks: [...checks, provenance, await checkNumbers(experiment, records, folder)], records };
}

/**
 * Rebuilds the report from the results, if they are all here, and compares it with the committed one byte for byte:
 * so a number that was edited by hand is found.
 */
async function checkNumbers(
  { graph, kinds, services }: OpenExperiment,
  records: ReadonlyMap<string, ResultRecord>,
  folder: string,
): Promise<Check> {
  const says = 'the rebuilt report is the same';
  const { cache } = services;
  if (graph.stages.some(({ id }) => known(cache, records.get(id)?.key ?? NOWHERE).record === undefined)) {
    const note = 'The report was not rebuilt: some results are not here. fx cache pull fetches them.';
    return { says, of: 0, findings: [], notes: [note] };
  }
  const { files } = await makeReport(recordOf(graph, records), cache, kinds);
  const others = [...files].filter(([path, content]) => !isFile(join(folder, path), content));
  const findings = others.map(([path]) => ({
    diagnostic: failure<SharingCode>(
      'verify/other-report',
      `${relative(process.cwd(), join(folder, path))} differs from what the results give`,
      'run fx report and commit its output',
    ),
  }));
  return { says, of: files.size, findings };
}

const NOWHERE = '0'.repeat(64);

function isFile(path: string, content: Uint8Array | string): boolean {
  return statIfPresent(path) !== undefined && readFileSync(path).equals(Buffer.from(content as string));
}
