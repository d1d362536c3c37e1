import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { canonicalText } from '../../foundation/values/canonical.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { sha256, sha256OfFile } from '../../foundation/files/digest.js';
import { filesBelow, isInside } from '../../foundation/files/files.js';
import type { JsonObject } from '../../foundation/values/json.js';
import { escapeXml } from '../../foundation/words/html.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { readText } from '../../foundation/files/text-file.js';
import type { Graph, StageNode } from '../../engine/graph/graph.js';
import type { ResultRecord } from '../../engine/artifacts/content/result-record.js';
import { recordOf } from '../../engine/run/record.js';
import { crateMetadata } from '../../engine/sharing/bundle/crate.js';
import type { CrateFile } from '../../engine/sharing/bundle/entities.js';
import * as layout from '../../engine/sharing/bundle/layout.js';
import type { PackedFile } from '../../engine/sharing/bundle/pack.js';
import type { SingleFile } from '../../engine/sharing/bundle/single.js';
import type { SharingCode } from '../../engine/sharing/codes.js';
import { unlimited } from '../../engine/sharing/remote/blobs.js';
import { entryText } from '../../engine/sharing/remote/entry.js';
import { blobsOfResult, pullResult, type Remote } from '../../engine/sharing/remote/transfer.js';
import { makeReport, reportFolder } from '../report/write.js';
import type { OpenExperiment } from '../project/open-experiment.js';
import { licenseOf, readCitation } from './citation.js';
import { locate } from './results.js';

/** Whose files go along: of all stages, of none, of these, or what the report is made from. */
export type Chosen = 'all' | 'none' | 'report' | ReadonlySet<string>;

export interface BundleChoices {
  readonly chosen: Chosen;
  /** Of fx. */
  readonly version: string;
  readonly description: string;
  /** Where the schemas lie. */
  readonly schemas: string;
}

type Collected = Result<readonly PackedFile[], readonly Diagnostic<SharingCode>[]>;

/** All files of a bundle, with the crate's metadata about them. */
export async function bundleFiles(
  experiment: OpenExperiment,
  remote: Remote | undefined,
  records: ReadonlyMap<string, ResultRecord>,
  single: SingleFile,
  choices: BundleChoices,
): Promise<Collected> {
  const { graph, project, services } = experiment;
  const { cache } = services;
  const files: (PackedFile & { readonly role: CrateFile['role'] })[] = [];
  const addText = (role: CrateFile['role'], path: string, text: string): void =>
    void files.push({ role, path, bytes: Buffer.from(text, 'utf8') });
  const addFile = (role: CrateFile['role'], path: string, at: string): void => {
    if (!files.some((file) => file.path === path)) files.push({ role, path, at });
  };
  const file = relative(project, resolve(graph.file)).replaceAll('\\', '/');
  addText('experiment', file, single.text);
  for (const path of await sourcesOf(single, project)) addFile('code', path, join(project, path));
  const hidden = privateStages(experiment);
  const kept = hidden.flatMap(({ externals }) => externals.map(({ path }) => path));
  for (const { path, shape } of single.inputs.filter((input) => isInside(input.path, project))) {
    const inner = shape === 'file' ? [''] : await filesBelow(path);
    for (const name of inner) {
      const at = join(path, name);
      // Also of a folder that lies around the private one, or in it.
      if (!kept.some((folder) => isInside(at, folder))) addFile('input', relative(project, at), at);
    }
  }
  for (const name of await filesBelow(choices.schemas))
    addFile('schema', `schemas/${name}`, join(choices.schemas, name));
  const reports = reportFolder(project, { experiment: graph });
  for (const name of await filesBelow(reports)) {
    addFile(name === 'lock.yaml' ? 'lock' : 'report', relative(project, join(reports, name)), join(reports, name));
  }
  const citation = join(project, layout.CITATION);
  if (existsSync(citation)) addFile('citation', layout.CITATION, citation);
  addText('facts', 'package.json', `${JSON.stringify(packageOf(project), null, 2)}\n`);

  const brought = await bringAll(experiment, remote, records, choices.chosen);
  if (!brought.ok) return brought;
  for (const record of records.values()) {
    const digests = record.key === record.preimage ? [record.key] : [record.key, record.preimage];
    const preimages = digests.map((digest) => cache.preimages.find(digest)).filter((each) => each !== undefined);
    addText('record', layout.resultName(record.key), entryText(record, preimages));
  }
  addText('facts', layout.FACTS, `${canonicalText(factsOf(experiment, file, choices.version))}\n`);
  addText('preview', layout.PREVIEW, preview(graph.title, relative(project, reports)));

  const wrong = files.find(({ path }) => typeof layout.entryKind(path) === 'string');
  if (wrong !== undefined) {
    const message = `${wrong.path} cannot go into a bundle: its name ${layout.entryKind(wrong.path) as string}`;
    return fail(failure('bundle/unsafe', message));
  }
  const described: CrateFile[] = [];
  for (const file of files) {
    const content =
      'at' in file ? await sha256OfFile(file.at) : { digest: sha256(file.bytes), bytes: file.bytes.length };
    described.push({ path: file.path, role: file.role, ...content });
  }
  const metadata = crateMetadata(
    {
      graph,
      description: choices.description,
      records,
      version: choices.version,
      license: licenseOf(project),
      citation: await readCitation(citation),
    },
    described,
    brought.value,
  );
  const blobs = [...brought.value].map((digest) => ({ path: layout.blobName(digest), at: cache.blobs.locate(digest) }));
  const about = { path: layout.METADATA, bytes: Buffer.from(`${JSON.stringify(metadata, null, 2)}\n`, 'utf8') };
  return ok([about, ...files, ...blobs]);
}

/** The modules and what they import. The compiler is loaded only where there are some. */
export async function sourcesOf({ modules }: SingleFile, project: string): Promise<readonly string[]> {
  if (modules.length === 0) return [];
  const { sourcesOfModules } = await import('../../engine/plan/identity/module-sources.js');
  return sourcesOfModules(
    project,
    modules.map((path) => relative(project, path).replaceAll('\\', '/')),
  );
}

/** Fetches what is not here; gives the digests of the files that go along. Each is hashed, so that no damage is passed on. */
async function bringAll(
  experiment: OpenExperiment,
  remote: Remote | undefined,
  records: ReadonlyMap<string, ResultRecord>,
  chosen: Chosen,
): Promise<Result<ReadonlySet<string>, readonly Diagnostic<SharingCode>[]>> {
  const { cache } = experiment.services;
  const wanted = new Map<string, { readonly digest: string; readonly bytes: number }>();
  const hidden = new Set(privateStages(experiment).map(({ id }) => id));
  const behind = stagesBehind(experiment.graph, hidden);
  const needsReport = chosen === 'report' || (chosen === 'all' && behind.size > 0);
  const forReport = needsReport ? await readByReport(experiment, records) : undefined;
  for (const [id, record] of records) {
    // What is made of a private set may name its persons, or be a network that remembers them.
    const all = chosen === 'all' ? !behind.has(id) : typeof chosen !== 'string' && chosen.has(id);
    const isHidden = hidden.has(id);
    const blobs = blobsOfResult(record).filter(({ digest }) => !isHidden && (all || forReport?.has(digest) === true));
    if (blobs.length === 0) continue;
    if ((await locate(cache, undefined, record.key)) === undefined) {
      const entry = (await remote?.results.findEntry(record.key))?.entry;
      if (remote === undefined || entry === undefined) return incomplete(id);
      const pulled = await pullResult(remote, cache, entry, unlimited());
      if (!pulled.ok) return pulled as Result<never, readonly Diagnostic<SharingCode>[]>;
    }
    for (const blob of blobs) wanted.set(blob.digest, blob);
  }
  for (const blob of wanted.values()) if ((await cache.blobs.verify(blob)) !== 'sound') return incomplete(blob.digest);
  return ok(new Set(wanted.keys()));
}

/** Stages whose files must not leave this machine. */
function privateStages({ graph }: OpenExperiment): readonly StageNode[] {
  return graph.stages.filter(({ kind, parameters }) => kind.isPrivate?.(parameters) === true);
}

/** Stages that read one of these, or what was made of it. A graph's stages stand behind what they read. */
function stagesBehind({ stages }: Graph, of: ReadonlySet<string>): ReadonlySet<string> {
  const behind = new Set<string>();
  for (const { id, inputs } of stages) {
    if (inputs.some(({ stage }) => of.has(stage) || behind.has(stage))) behind.add(id);
  }
  return behind;
}

function incomplete(what: string): Result<never, readonly Diagnostic<SharingCode>[]> {
  const message = `a file of ${what} is missing or damaged in the cache`;
  return fail(failure('bundle/incomplete', message, 'rerun the experiment, or export less: --artifacts report'));
}

/** Digests of the files that the report is made from. */
async function readByReport(
  { graph, kinds, services: { cache } }: OpenExperiment,
  records: ReadonlyMap<string, ResultRecord>,
): Promise<ReadonlySet<string>> {
  const read = new Set<string>();
  const blobs = { locate: (digest: string) => (read.add(digest), cache.blobs.locate(digest)) };
  await makeReport(recordOf(graph, records), { blobs }, kinds);
  return read;
}

/** What of a project's package matters to who runs its modules. */
function packageOf(project: string): JsonObject {
  let own: Record<string, unknown> = {};
  try {
    own = JSON.parse(readText(join(project, 'package.json'))) as Record<string, unknown>;
  } catch {
    // A project need not be a package.
  }
  const kept = ['name', 'version', 'license', 'type'].filter((name) => typeof own[name] === 'string');
  return { private: true, ...Object.fromEntries(kept.map((name) => [name, own[name] as string])) };
}

/** The software that keys stand for, to the version of each package. */
function factsOf({ graph, kinds }: OpenExperiment, file: string, version: string): JsonObject {
  const names = [...new Set(graph.stages.map(({ kind }) => kind.name))].sort();
  const packages = new Map<string, string>();
  for (const name of names) {
    for (const each of kinds.identity(name)?.packages ?? []) packages.set(`${each.name}@${each.version}`, each.version);
  }
  return {
    schema: 'fx/bundle@1',
    experiment: file,
    name: graph.name,
    profile: graph.profile,
    fx: version,
    node: process.version,
    code: Object.fromEntries(names.map((name) => [name, kinds.code(name)])),
    packages: [...packages.keys()].sort(),
  };
}

function preview(title: string, reports: string): string {
  const escaped = escapeXml(title);
  return (
    `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>${escaped}</title>\n<h1>${escaped}</h1>\n` +
    `<p>A Workflow Run RO-Crate of fx. <a href="${escapeXml(encodeURI(reports))}/report.html">The report</a>; ` +
    `<a href="${layout.METADATA}">what is in it</a>. <code>fx run</code> and <code>fx verify</code> take the zip.</p>\n</html>\n`
  );
}
