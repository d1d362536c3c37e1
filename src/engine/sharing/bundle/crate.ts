import type { JsonObject } from '../../../foundation/json.js';
import type { Content } from '../../../foundation/digest.js';
import type { ResultRecord } from '../../artifacts/result-record.js';
import type { Graph } from '../../graph/graph.js';
import { blobName, METADATA } from './layout.js';

/** What the metadata of a bundle tells, besides its files. */
export interface CrateFacts {
  readonly graph: Graph;
  /** What the experiment shows, in a sentence or two. */
  readonly description: string;
  readonly records: ReadonlyMap<string, ResultRecord>;
  /** Version of fx. */
  readonly version: string;
  /** A URL, or a text where there is none. */
  readonly license: string;
  readonly citation?: Citation | undefined;
}

/** The article that the experiment belongs to. */
export interface Citation {
  readonly name: string;
  readonly authors: readonly string[];
  readonly url?: string | undefined;
  readonly year?: number | undefined;
}

export interface CrateFile extends Content {
  readonly path: string;
  readonly role:
    'experiment' | 'input' | 'code' | 'schema' | 'report' | 'lock' | 'record' | 'facts' | 'citation' | 'preview';
}

/**
 * The metadata of a Workflow Run RO-Crate: RO-Crate 1.1, Workflow RO-Crate 1.0, Workflow Run Crate 0.5. The experiment is the
 * workflow, the run an action of it; each stage is an action of its kind, with the files that it read and made.
 *
 * @param blobs digests of the artifacts' files that are in the bundle
 */
export function crateMetadata(facts: CrateFacts, files: readonly CrateFile[], blobs: ReadonlySet<string>): JsonObject {
  const { graph, records, license } = facts;
  const workflow = files.find(({ role }) => role === 'experiment')!.path;
  const artifacts = artifactFiles(records, blobs);
  const times = [...records.values()].map(timesOf);
  const [start, end] = [least(times.map((time) => time.start)), most(times.map((time) => time.end))];
  const results = files.filter(({ role }) => role === 'report' || role === 'lock');
  const parameters = Object.entries(graph.parameters);
  const stages = graph.stages.filter(({ id }) => records.has(id));
  const kinds = [...new Set(stages.map(({ kind }) => kind.name))].sort();
  const citation = facts.citation;
  return {
    '@context': ['https://w3id.org/ro/crate/1.1/context', 'https://w3id.org/ro/terms/workflow-run/context'],
    '@graph': [
      {
        '@id': METADATA,
        '@type': 'CreativeWork',
        about: ref('./'),
        conformsTo: [ref(RO_CRATE), ref(PROFILES.workflow)],
      },
      {
        '@id': './',
        '@type': 'Dataset',
        name: `${graph.title} (${graph.name}, profile ${graph.profile})`,
        description: facts.description,
        datePublished: end,
        license: isUrl(license) ? ref(license) : license,
        conformsTo: [ref(PROFILES.processRun), ref(PROFILES.workflowRun), ref(PROFILES.workflow)],
        mainEntity: ref(id(workflow)),
        hasPart: [...files.map(({ path }) => ref(id(path))), ...artifacts.map(({ digest }) => ref(blobName(digest)))],
        mentions: [ref('#run'), ...stages.map((node) => ref(stageId(node.id)))],
        ...(citation === undefined ? {} : { citation: ref(citationId(citation)) }),
      },
      ...PROFILE_ENTITIES,
      ...(isUrl(license) ? [{ '@id': license, '@type': 'CreativeWork', name: license.split('/').at(-1)! }] : []),
      ...(citation === undefined ? [] : citationEntities(citation)),
      {
        '@id': id(workflow),
        '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow'],
        name: graph.title,
        encodingFormat: 'application/yaml',
        programmingLanguage: ref('#fx-language'),
        license: isUrl(license) ? ref(license) : license,
        conformsTo: ref('https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE'),
        input: parameters.map(([name]) => ref(parameterId(name))),
        output: [],
        ...sizeOf(files.find(({ path }) => path === workflow)!),
      },
      {
        '@id': '#fx-language',
        '@type': 'ComputerLanguage',
        name: 'fx',
        description: 'Experiments in YAML.',
        version: '1',
      },
      { '@id': '#fx', '@type': 'SoftwareApplication', name: 'fx', softwareVersion: facts.version },
      ...parameters.flatMap(([name, value]) => [
        {
          '@id': parameterId(name),
          '@type': 'FormalParameter',
          name,
          additionalType: 'PropertyValue',
          conformsTo: ref('https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE'),
        },
        {
          '@id': `${parameterId(name)}-value`,
          '@type': 'PropertyValue',
          name,
          value: typeof value === 'object' ? JSON.stringify(value) : value,
          exampleOfWork: ref(parameterId(name)),
        },
      ]),
      {
        '@id': '#run',
        '@type': 'CreateAction',
        name: `Run of ${graph.name} with profile ${graph.profile}`,
        instrument: ref(id(workflow)),
        object: [
          ...files.filter(({ role }) => role === 'input').map(({ path }) => ref(id(path))),
          ...parameters.map(([name]) => ref(`${parameterId(name)}-value`)),
        ],
        result: [...results.map(({ path }) => ref(id(path))), ...artifacts.map(({ digest }) => ref(blobName(digest)))],
        startTime: start,
        endTime: end,
        actionStatus: COMPLETED,
      },
      ...kinds.map((name) => ({
        '@id': kindId(name),
        '@type': 'SoftwareApplication',
        name,
        isPartOf: ref('#fx'),
        softwareVersion: facts.version,
      })),
      ...stages.map((node) => stageAction(node.id, node.kind.name, records.get(node.id)!, blobs)),
      ...hostEntities(records),
      ...files.filter(({ path }) => path !== workflow).map((file) => fileEntity(file)),
      ...artifacts.map(({ digest, bytes, names }) => ({
        '@id': blobName(digest),
        '@type': 'File',
        name: names[0]!,
        ...(names.length > 1 ? { alternateName: names.slice(1) } : {}),
        encodingFormat: formatOf(names[0]!),
        ...sizeOf({ digest, bytes }),
      })),
    ],
  };
}

const RO_CRATE = 'https://w3id.org/ro/crate/1.1';
const PROFILES = {
  processRun: 'https://w3id.org/ro/wfrun/process/0.5',
  workflowRun: 'https://w3id.org/ro/wfrun/workflow/0.5',
  workflow: 'https://w3id.org/workflowhub/workflow-ro-crate/1.0',
} as const;
const PROFILE_ENTITIES: readonly JsonObject[] = [
  { '@id': PROFILES.processRun, '@type': 'CreativeWork', name: 'Process Run Crate', version: '0.5' },
  { '@id': PROFILES.workflowRun, '@type': 'CreativeWork', name: 'Workflow Run Crate', version: '0.5' },
  { '@id': PROFILES.workflow, '@type': 'CreativeWork', name: 'Workflow RO-Crate', version: '1.0' },
];
const COMPLETED = 'http://schema.org/CompletedActionStatus';

interface ArtifactEntity extends Content {
  /** `stage/path`. */
  readonly names: readonly string[];
}

/** Every blob of the bundle once, with the places it has among the stages' outputs. */
function artifactFiles(
  records: ReadonlyMap<string, ResultRecord>,
  blobs: ReadonlySet<string>,
): readonly ArtifactEntity[] {
  const found = new Map<string, { digest: string; bytes: number; names: string[] }>();
  const add = ({ digest, bytes }: Content, name: string): void => {
    if (!blobs.has(digest)) return;
    const known = found.get(digest);
    if (known === undefined) found.set(digest, { digest, bytes, names: [name] });
    else known.names.push(name);
  };
  for (const [stage, { outputs, log }] of records) {
    for (const file of outputs) add(file, `${stage}/${file.path}`);
    if (log !== undefined) add(log, `${stage}, log`);
  }
  return [...found.values()];
}

function stageAction(stage: string, kind: string, record: ResultRecord, blobs: ReadonlySet<string>): JsonObject {
  const { start, end } = timesOf(record);
  const made = [...new Set(record.outputs.map(({ digest }) => digest))].filter((digest) => blobs.has(digest));
  return {
    '@id': stageId(stage),
    '@type': 'CreateAction',
    name: stage,
    description: `Key ${record.key}; artifact ${record.artifact}.`,
    instrument: ref(kindId(kind)),
    result: made.map((digest) => ref(blobName(digest))),
    startTime: start,
    endTime: end,
    actionStatus: COMPLETED,
    location: ref(hostId(record)),
  };
}

/** The machines that made the results. */
function hostEntities(records: ReadonlyMap<string, ResultRecord>): readonly JsonObject[] {
  const hosts = new Map<string, JsonObject>();
  for (const record of records.values()) {
    const { cpu, cores, system, node } = record.host;
    hosts.set(hostId(record), {
      '@id': hostId(record),
      '@type': 'Place',
      name: cpu,
      description: `${cores} cores, ${system}, Node.js ${node}`,
    });
  }
  return [...hosts.values()];
}

function hostId({ host: { cpu, cores, system, node } }: ResultRecord): string {
  return `#host/${encodeURIComponent([cpu, cores, system, node].join(' '))}`;
}

function fileEntity({ path, role, ...content }: CrateFile): JsonObject {
  return {
    '@id': id(path),
    '@type': 'File',
    name: path,
    description: SAYS[role],
    encodingFormat: formatOf(path),
    ...sizeOf(content),
  };
}

const SAYS: Readonly<Record<CrateFile['role'], string>> = {
  experiment: 'The experiment, with all that it extends.',
  input: 'A file that the experiment reads.',
  code: 'Code of a stage kind.',
  schema: 'A schema of the language.',
  report: 'A part of the report.',
  lock: 'What the run found: keys, digests and metrics of all stages.',
  record: 'The record of a result, with what its key was made of.',
  facts: 'Software that the bundle was made with.',
  citation: 'What to cite.',
  preview: 'This crate, for people.',
};

function sizeOf({ digest, bytes }: Content): JsonObject {
  return { contentSize: String(bytes), sha256: digest };
}

function formatOf(path: string): string {
  const ending = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return FORMATS[ending] ?? 'application/octet-stream';
}

const FORMATS: Readonly<Record<string, string>> = {
  yaml: 'application/yaml',
  yml: 'application/yaml',
  cff: 'application/yaml',
  json: 'application/json',
  md: 'text/markdown',
  html: 'text/html',
  csv: 'text/csv',
  txt: 'text/plain',
  tex: 'application/x-tex',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  js: 'text/javascript',
  mjs: 'text/javascript',
  ts: 'text/plain',
  py: 'text/x-python',
};

function citationId({ url, name }: Citation): string {
  return url ?? `#article/${encodeURIComponent(name)}`;
}

function citationEntities(citation: Citation): readonly JsonObject[] {
  const authors = citation.authors.map((name) => ({
    '@id': `#author/${encodeURIComponent(name)}`,
    '@type': 'Person',
    name,
  }));
  return [
    {
      '@id': citationId(citation),
      '@type': 'ScholarlyArticle',
      name: citation.name,
      author: authors.map((author) => ref(author['@id'])),
      ...(citation.year === undefined ? {} : { datePublished: String(citation.year) }),
    },
    ...authors,
  ];
}

function timesOf({ finished, duration }: ResultRecord): { readonly start: string; readonly end: string } {
  const end = new Date(finished);
  return { start: new Date(end.getTime() - duration * 1000).toISOString(), end: end.toISOString() };
}

function least(texts: readonly string[]): string {
  return texts.reduce((a, b) => (b < a ? b : a));
}

function most(texts: readonly string[]): string {
  return texts.reduce((a, b) => (b > a ? b : a));
}

function ref(to: string): JsonObject {
  return { '@id': to };
}

/** A path as a relative URI. */
function id(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function stageId(stage: string): string {
  return `#stage/${encodeURIComponent(stage)}`;
}

function kindId(kind: string): string {
  return `#kind/${encodeURIComponent(kind)}`;
}

function parameterId(name: string): string {
  return `#parameter/${encodeURIComponent(name)}`;
}

function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text);
}
