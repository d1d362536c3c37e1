/** A report that can be looked at: as it lies in `reports/` now, as a run wrote it, or of a commit. */
export type ReportRef =
  | { readonly from: 'now'; readonly experiment: string; readonly profile: string }
  | { readonly from: 'run'; readonly id: string }
  | { readonly from: 'commit'; readonly commit: string; readonly experiment: string; readonly profile: string };

export function refText(ref: ReportRef): string {
  switch (ref.from) {
    case 'now':
      return `now:${ref.experiment}/${ref.profile}`;
    case 'run':
      return `run:${ref.id}`;
    case 'commit':
      return `commit:${ref.commit}:${ref.experiment}/${ref.profile}`;
  }
}

const NAME = '[A-Za-z0-9_][A-Za-z0-9_.+-]*';
const FORMS = {
  now: new RegExp(`^now:(${NAME})/(${NAME})$`),
  run: /^run:(\d{8}T\d{9}Z-\d+)$/,
  commit: new RegExp(`^commit:([0-9a-f]{7,64}):(${NAME})/(${NAME})$`),
};

/** Undefined for what is none: no name in it leads out of a folder. */
export function parseRef(text: string): ReportRef | undefined {
  const now = FORMS.now.exec(text);
  if (now !== null) return { from: 'now', experiment: now[1]!, profile: now[2]! };
  const run = FORMS.run.exec(text);
  if (run !== null) return { from: 'run', id: run[1]! };
  const commit = FORMS.commit.exec(text);
  if (commit !== null) return { from: 'commit', commit: commit[1]!, experiment: commit[2]!, profile: commit[3]! };
  return undefined;
}

type Query = Readonly<Record<string, string | number>>;

function withQuery(path: string, query: Query): string {
  return `${path}?${Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;
}

/** What the page asks for: the server's paths, and the names of an export's files. */
export const address = {
  project: 'api/project',
  runs: 'api/runs',
  reports: 'api/reports',
  run: (id: string): string => `api/runs/${id}`,
  stop: (id: string): string => `api/runs/${id}/stop`,
  stream: (id: string, events: number, series: number): string =>
    withQuery(`api/runs/${id}/stream`, { events, series }),
  curves: (id: string, measure: string): string => withQuery(`api/runs/${id}/curves`, { of: measure }),
  report: (of: string): string => withQuery('api/report', { of }),
  picture: (of: string, file: string): string => withQuery('api/picture', { of, file }),
  lines: (of: string, file: string): string => withQuery('api/lines', { of, file }),
  rows: (of: string, file: string): string => withQuery('api/rows', { of, file }),
  cell: (of: string, table: string, row: number, column: number): string =>
    withQuery('api/cell', { of, table, row, column }),
  cases: (of: string, stage: string, name: string): string => withQuery('api/cases', { of, stage, name }),
  map: (of: string, stage: string, name: string): string => withQuery('api/map', { of, stage, name }),
  sheet: (of: string, stage: string, options: Query = {}): string =>
    withQuery('api/sheet', {
      of,
      stage,
      ...Object.fromEntries(Object.entries(options).map(([k, v]) => [`with.${k}`, v])),
    }),
  compare: (before: string, after: string): string => withQuery('api/compare', { before, after }),
};
