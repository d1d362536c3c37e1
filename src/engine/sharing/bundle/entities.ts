import type { Content } from '../../../foundation/files/digest.js';
import type { JsonObject } from '../../../foundation/values/json.js';
import type { ResultRecord } from '../../artifacts/content/result-record.js';
import { blobName } from './layout.js';

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

export const COMPLETED = 'http://schema.org/CompletedActionStatus';

interface ArtifactEntity extends Content {
  /** `stage/path`. */
  readonly names: readonly [string, ...string[]];
}

/** Every blob of the bundle once, with the places it has among the stages' outputs. */
export function artifactFiles(
  records: ReadonlyMap<string, ResultRecord>,
  blobs: ReadonlySet<string>,
): readonly ArtifactEntity[] {
  const found = new Map<string, { digest: string; bytes: number; names: [string, ...string[]] }>();
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

export function stageAction(stage: string, kind: string, record: ResultRecord, blobs: ReadonlySet<string>): JsonObject {
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
export function hostEntities(records: ReadonlyMap<string, ResultRecord>): readonly JsonObject[] {
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

export function fileEntity({ path, role, ...content }: CrateFile): JsonObject {
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

export function sizeOf({ digest, bytes }: Content): JsonObject {
  return { contentSize: String(bytes), sha256: digest };
}

export function formatOf(path: string): string {
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

export function citationId({ url, name }: Citation): string {
  return url ?? `#article/${encodeURIComponent(name)}`;
}

export function citationEntities(citation: Citation): readonly JsonObject[] {
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

export function timesOf({ finished, duration }: ResultRecord): { readonly start: string; readonly end: string } {
  const end = new Date(finished);
  return { start: new Date(end.getTime() - duration * 1000).toISOString(), end: end.toISOString() };
}

export function ref(to: string): JsonObject {
  return { '@id': to };
}

/** A path as a relative URI. */
export function id(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

export function stageId(stage: string): string {
  return `#stage/${encodeURIComponent(stage)}`;
}

export function kindId(kind: string): string {
  return `#kind/${encodeURIComponent(kind)}`;
}

export function parameterId(name: string): string {
  return `#parameter/${encodeURIComponent(name)}`;
}

export function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text);
}
