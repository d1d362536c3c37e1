/** The import boundaries of the house (ARCHITECTURE.md). Type imports count; no exceptions, no baseline. */
const only = (from, ...to) => ({
  name: `${from.replaceAll('/', '-')}-imports`,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: to.map((t) => `^src/${t}`) },
});
const phase = (name, ...earlier) =>
  only(
    `engine/${name}`,
    `engine/${name}/`,
    ...earlier.map((e) => `engine/${e}/`),
    'engine/(stage|presentation)\\.ts',
    'foundation/',
  );

/** A room of the plugin: plain functions on plain data, which know nothing of stages. */
const room = (name, ...others) =>
  only(
    `plugins/recognition/${name}`,
    `plugins/recognition/${name}/`,
    ...others.map((o) => `plugins/recognition/${o}/`),
    'foundation/',
  );

/** A part of learning. The arithmetic of a training step is in `step`; what runs it, in `engines`. */
const part = (name, ...others) =>
  only(
    `plugins/recognition/learning/${name}`,
    ...[name, ...others].map((o) => `plugins/recognition/learning/${o}/`),
    'plugins/recognition/learning/diagnostic\\.ts',
    'plugins/recognition/datasets/',
    'compiler/',
    'foundation/',
  );

/** A room of the report: what it is made of (`report.ts` and the plan of it), and the rooms before. */
const chapter = (name, ...earlier) =>
  only(
    `report/${name}`,
    ...[name, ...earlier].map((each) => `report/${each}/`),
    'report/(report|plan|kinds)\\.ts',
    'engine/artifacts/',
    'engine/run/record\\.ts',
    'engine/(stage|presentation)\\.ts',
    'foundation/',
  );

/** A room of the foundation, and those that it stands on. */
const ground = (name, ...others) => only(`foundation/${name}`, ...[name, ...others].map((o) => `foundation/${o}/`));

/** How the stand-in's sets are drawn: each room knows those before it, none the sets. */
const drawing = (name, ...earlier) =>
  only(
    `plugins/recognition/standin/${name}`,
    ...[name, ...earlier].map((e) => `plugins/recognition/standin/${e}/`),
    'plugins/recognition/faces/',
    'foundation/',
  );

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'nothing-imports-cli', severity: 'error', from: { path: '^src/(?!cli/)' }, to: { path: '^src/cli/' } },
    {
      name: 'src-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(tests|bench|scripts)/' },
    },
    only('foundation', 'foundation/'),
    ground('words'),
    ground('machine'),
    ground('values'),
    ground('numbers'),
    ground('failures', 'values', 'words'),
    ground('schema', 'numbers', 'values'),
    ground('files', 'schema', 'failures', 'values', 'machine'),
    ground('formats', 'files', 'failures', 'values'),
    ground('statistics', 'formats', 'files', 'failures', 'numbers'),
    // What kinds outside of fx import: the contract, and the sets of images that kinds hand to one another.
    only('sdk', 'engine/(stage|presentation)\\.ts', 'plugins/recognition/datasets/sets/image-set\\.ts', 'foundation/'),
    only('plugins/command', 'plugins/command/', 'engine/(stage|presentation)\\.ts', 'foundation/'),
    only('compiler', 'compiler/', 'foundation/'),
    only('plugins/recognition', 'plugins/recognition/', 'engine/(stage|presentation)\\.ts', 'compiler/', 'foundation/'),
    room('faces', 'datasets'),
    only(
      'plugins/recognition/learning',
      'plugins/recognition/learning/',
      'plugins/recognition/datasets/',
      'compiler/',
      'foundation/',
    ),
    part('network'),
    part('loss'),
    part('optimiser'),
    part('step', 'network', 'loss', 'optimiser'),
    part('checkpoint', 'step', 'network'),
    part('batches', 'step'),
    part('engines', 'batches', 'checkpoint', 'step', 'network'),
    part('embedding', 'engines', 'batches', 'step', 'checkpoint', 'network'),
    room('datasets'),
    room('benchmarks', 'datasets', 'learning'),
    room('standin', 'faces', 'datasets', 'benchmarks'),
    drawing('space'),
    drawing('person', 'space'),
    drawing('photograph', 'person', 'space'),
    drawing('paint', 'photograph', 'person', 'space'),
    only(
      'report',
      'report/',
      'engine/artifacts/',
      'engine/run/record\\.ts',
      'engine/(stage|presentation)\\.ts',
      'foundation/',
    ),
    chapter('measures'),
    chapter('tables', 'measures'),
    chapter('claims', 'tables', 'measures'),
    chapter('figures', 'measures'),
    chapter('formats', 'figures', 'claims', 'tables'),
    chapter('diff', 'formats', 'tables', 'measures'),
    only(
      'history',
      'history/',
      'engine/(graph/graph|run/event|artifacts/store/owner|stage)\\.ts',
      'report/report\\.ts',
      'foundation/',
    ),
    // What is looked at on a page: the model is plain data, of which the server makes JSON and the page pictures.
    only('ui/model', 'ui/model/', 'history/', 'report/', 'engine/presentation\\.ts', 'foundation/'),
    only(
      'ui/server',
      'ui/server/',
      'ui/model/',
      'history/',
      'report/',
      'engine/artifacts/',
      'engine/(stage|presentation)\\.ts',
      'foundation/',
    ),
    only('ui/page', 'ui/page/', 'ui/model/', 'history/', 'report/', 'foundation/'),
    only('engine', 'engine/', 'foundation/'),
    phase('document'),
    phase('values', 'document'),
    phase('schemas'),
    phase('experiment', 'schemas', 'values', 'document'),
    phase('graph', 'experiment', 'schemas', 'values', 'document'),
    // The driver of the phases, which none of them knows.
    phase('reading', 'graph', 'experiment', 'schemas', 'values', 'document'),
    // Of a document, the phases after it know the tree: texts are read before them.
    {
      name: 'nothing-reads-texts-again',
      severity: 'error',
      from: { path: '^src/engine/(values|experiment|graph)/' },
      to: { path: '^src/engine/document/', pathNot: '/(node|source|codes|overlay|settings|files)\\.ts$' },
    },
    // Of an experiment, the graph knows what it is, not how it was made of a document.
    {
      name: 'graph-takes-a-made-experiment',
      severity: 'error',
      from: { path: '^src/engine/graph/' },
      to: { path: '^src/engine/experiment/', dependencyTypesNot: ['type-only'] },
    },
    phase('artifacts'),
    phase('plan', 'graph', 'schemas', 'experiment', 'document', 'artifacts'),
    phase('run', 'plan', 'graph', 'schemas', 'experiment', 'document', 'artifacts'),
    phase('sharing', 'run', 'plan', 'graph', 'schemas', 'experiment', 'document', 'artifacts'),
    {
      name: 'stage-contract-imports',
      severity: 'error',
      from: { path: '^src/engine/(stage|presentation)\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(foundation/|engine/(stage|presentation)\\.ts$)' },
    },
    {
      name: 'object-hash-in-one-place',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/foundation/values/canonical\\.ts$' },
      to: { path: 'node_modules/(@types/)?object-hash' },
    },
    {
      name: 'declared-packages-only',
      severity: 'error',
      // The page is bundled when it is built, with what it imports.
      from: { path: '^src/', pathNot: '^src/ui/page/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'], pathNot: '^node:' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
