import type { ResultRecord } from '../../engine/artifacts/content/result-record.js';
import { planGraph } from '../../engine/plan/plan.js';
import { recordOf } from '../../engine/run/record.js';
import { accept, acceptable, withCandidates, type Candidate } from '../../engine/sharing/accept.js';
import type { SharingCode } from '../../engine/sharing/codes.js';
import type { Lock } from '../../engine/sharing/lock.js';
import { holds, verificationMarkdown, type Verification } from '../../engine/sharing/verification.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import type { JsonObject } from '../../foundation/values/json.js';
import { auditExperiment, auditShare, bring, type AuditChoice } from '../results/audit.js';
import { EXIT } from '../program/exit.js';
import { locate } from '../export/results.js';
import { readLock, writeLockOf } from '../results/lock.js';
import { writeReport } from '../report/write.js';
import { chooseRemote, type RemoteChoice } from '../project/remote.js';
import { findStages } from '../known/select.js';
import { stageWords } from '../known/stage-words.js';
import { openExperiment, type OpenExperiment } from '../project/open-experiment.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';
import type { ExperimentOptions } from '../program/options.js';

export interface AcceptOptions extends ExperimentOptions, RemoteChoice, AuditChoice {
  /** Why the results are still right. */
  readonly because: string;
  readonly cores?: number;
}

/**
 * `fx accept`: results of earlier code count for today's, by the user's word and after a sample of them was recomputed with
 * today's code and came out the same. Lock and report say so.
 */
export async function acceptResults(file: string, stages: readonly string[], options: AcceptOptions): Promise<number> {
  const terminal = openTerminal();
  const show = (problems: readonly Diagnostic[]): number =>
    showDiagnostics(problems, () => undefined, terminal, options);
  const share = auditShare({ ...options, audit: options.audit ?? true });
  if (!share.ok) return show(share.error);
  if (options.because.trim() === '') return show([failure('accept/no-reason', 'it needs a reason: --because "..."')]);
  const opened = await openExperiment(file, options, (warning) => terminal.note(terminal.yellow(warning.message)));
  if (!opened.ok) return showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
  const { experiment } = opened;
  const chosen = findStages(experiment.graph, stages);
  if (!chosen.ok) return showDiagnostics(chosen.error, experiment.sources, terminal, options);
  const lock = await readLock(experiment.project, experiment.graph);
  if (!lock.ok) return showDiagnostics(lock.error, experiment.sources, terminal, options);
  const remote = await chooseRemote(options, experiment.project);
  if (!remote.ok) return show(remote.error);

  const records = await resultsOf(experiment, lock.value, remote.value);
  const { candidates, left } = await acceptable(experiment.graph, records, experiment.services, options.because.trim());
  const wanted = chosen.value.length === 0 ? candidates : candidates.filter(({ node }) => chosen.value.includes(node));
  for (const why of new Set(left.map((each) => each.why))) {
    const stages = left.filter((each) => each.why === why).map(({ stage }) => stage);
    terminal.note(terminal.yellow(`left: ${stageWords(experiment.graph, stages)}: ${why}`));
  }
  if (wanted.length === 0) {
    await experiment.services.workers.close();
    show([
      failure<SharingCode>('accept/nothing', 'no stage needs rerunning for its code alone: there is nothing to accept'),
    ]);
    return EXIT.refuted;
  }
  const proven = await prove(experiment, records, wanted, remote.value, { ...options, share: share.value! }, terminal);
  if (!holds(proven)) {
    if (options.json === true) terminal.json(proven);
    else terminal.say(verificationMarkdown(proven).trimEnd().split('\n'));
    terminal.note(terminal.red('nothing was accepted: rerun the experiment'));
    return EXIT.refuted;
  }
  const accepted = accept(experiment.services.cache, wanted);
  if (!accepted.ok) {
    show(accepted.error);
    return EXIT.failed;
  }
  return finish(experiment, wanted, options, terminal);
}

/** The results of the lock, their files fetched where they are not here. */
async function resultsOf(
  experiment: OpenExperiment,
  lock: Lock,
  remote: Parameters<typeof bring>[1],
): Promise<ReadonlyMap<string, ResultRecord>> {
  const records = new Map<string, ResultRecord>();
  for (const [id, { key, artifact }] of lock.stages) {
    const record = (await locate(experiment.services.cache, remote, key))?.record;
    if (record?.artifact === artifact && (await bring(experiment, remote, record))) records.set(id, record);
  }
  return records;
}

/** Recomputes a sample of the candidates: the share of the parts of each stage kind, at least one. */
async function prove(
  experiment: OpenExperiment,
  records: ReadonlyMap<string, ResultRecord>,
  candidates: readonly Candidate[],
  remote: Parameters<typeof bring>[1],
  options: AcceptOptions & { readonly share: number },
  terminal: Terminal,
): Promise<Verification> {
  const services = withCandidates(experiment.services, candidates);
  const hypothetical = new Map(records);
  for (const { node, record } of candidates) hypothetical.set(node.id, record);
  const only = new Set(candidates.map(({ node }) => node.id));
  const choice = { ...options, metrics: false, only, ofEachKind: true };
  const { checks, summary } = await auditExperiment(
    { ...experiment, services },
    remote,
    hypothetical,
    choice,
    terminal,
  );
  const { name, profile } = experiment.graph;
  return { schema: 'fx/verification@1', experiment: name, profile, checks, audit: summary };
}

/** Writes lock and report again if all is known again; else says what is left to do. */
async function finish(
  experiment: OpenExperiment,
  candidates: readonly Candidate[],
  options: AcceptOptions,
  terminal: Terminal,
): Promise<number> {
  const names = candidates.map(({ node }) => node.id);
  if (options.json === true) terminal.json({ schema: 'fx/accepted@1', stages: names });
  else terminal.note(`accepted: ${stageWords(experiment.graph, names)}`);
  const { graph, services, kinds, project } = experiment;
  const planned = await planGraph(graph, services);
  const known = planned.ok ? planned.value.stages.flatMap((stage) => (stage.status === 'hit' ? [stage] : [])) : [];
  if (known.length < graph.stages.length) {
    terminal.note(`now run fx run ${graph.file}: not all of it is known`);
    return EXIT.done;
  }
  const records = new Map(known.map(({ node, record }) => [node.id, record]));
  const preimages = new Map(known.map(({ identified }) => [identified.key, identified.preimage]));
  const written = writeLockOf(project, graph, records, (key) => preimages.get(key) as unknown as JsonObject);
  if (!written.ok) {
    showDiagnostics(written.error, experiment.sources, terminal, options);
    return EXIT.failed;
  }
  if (graph.report !== undefined) await writeReport(recordOf(graph, records), services.cache, kinds, project);
  return EXIT.done;
}
