import type { JsonObject } from '../../../foundation/values/json.js';
import type { ResultRecord } from '../../artifacts/content/result-record.js';
import type { Graph } from '../../graph/graph.js';
import {
  artifactFiles,
  COMPLETED,
  citationEntities,
  citationId,
  fileEntity,
  formatOf,
  hostEntities,
  id,
  isUrl,
  kindId,
  parameterId,
  ref,
  sizeOf,
  stageAction,
  stageId,
  timesOf,
  type Citation,
  type CrateFile,
} from './entities.js';
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

/**
 * The metadata of a Workflow Run RO-Crate: RO-Crate 1.1, Workflow RO-Crate 1.0, Workflow Run Crate 0.5. The experiment is the
 * workflow, the run an action of it; each stage is an action of its kind, with the files that it read and made.
 *
 * @param blobs digests of the artifacts' files that are in the bundle
 */
export function crateMetadata(facts: CrateFacts, files: readonly CrateFile[], blobs: ReadonlySet<string>): JsonObject {
  const { graph, records, license } = facts;
  const experiment = files.find(({ role }) => role === 'experiment');
  if (experiment === undefined) throw new Error('a bundle without its experiment');
  const workflow = experiment.path;
  const artifacts = artifactFiles(records, blobs);
  const times = [...records.values()].map(timesOf);
  const [start, end] = [least(times.map((time) => time.start)), most(times.map((time) => time.end))];
  const results = files.filter(({ role }) => role === 'report' || role === 'lock');
  const parameters = Object.entries(graph.parameters);
  const stages = graph.stages.flatMap((node) => {
    const record = records.get(node.id);
    return record === undefined ? [] : [{ id: node.id, kind: node.kind.name, record }];
  });
  const kinds = [...new Set(stages.map(({ kind }) => kind))].sort();
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
        mentions: [ref('#run'), ...stages.map((stage) => ref(stageId(stage.id)))],
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
        ...sizeOf(experiment),
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
      ...stages.map((stage) => stageAction(stage.id, stage.kind, stage.record, blobs)),
      ...hostEntities(records),
      ...files.filter(({ path }) => path !== workflow).map((file) => fileEntity(file)),
      ...artifacts.map(({ digest, bytes, names }) => ({
        '@id': blobName(digest),
        '@type': 'File',
        name: names[0],
        ...(names.length > 1 ? { alternateName: names.slice(1) } : {}),
        encodingFormat: formatOf(names[0]),
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
function least(texts: readonly string[]): string {
  return texts.reduce((a, b) => (b < a ? b : a));
}

function most(texts: readonly string[]): string {
  return texts.reduce((a, b) => (b > a ? b : a));
}
