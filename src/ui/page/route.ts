import { useEffect, useState } from 'preact/hooks';

/** Where the page is: behind the `#` of the address, so that an export has the same places as the server. */
export type Place =
  | { readonly at: 'runs' }
  | { readonly at: 'run'; readonly id: string }
  | { readonly at: 'reports' }
  | { readonly at: 'report'; readonly of: string; readonly cell: CellPlace | undefined }
  | { readonly at: 'compare'; readonly before: string; readonly after: string }
  | { readonly at: 'nowhere' };

export interface CellPlace {
  readonly table: string;
  readonly row: number;
  readonly column: number;
}

export const to = {
  runs: '#/runs',
  reports: '#/reports',
  run: (id: string): string => `#/run/${id}`,
  report: (of: string): string => `#/report/${encodeURIComponent(of)}`,
  cell: (of: string, { table, row, column }: CellPlace): string =>
    `#/report/${encodeURIComponent(of)}/cell/${encodeURIComponent(table)}/${row}/${column}`,
  compare: (before: string, after: string): string =>
    `#/compare/${encodeURIComponent(before)}/${encodeURIComponent(after)}`,
};

export function placeOf(hash: string): Place {
  const [, what = '', ...words] = hash.split('/').map(decoded);
  switch (what) {
    case '':
    case 'runs':
      return { at: 'runs' };
    case 'run':
      return { at: 'run', id: words[0] ?? '' };
    case 'reports':
      return { at: 'reports' };
    case 'report': {
      const [of = '', cell, table, row, column] = words;
      const place =
        cell === 'cell' && table !== undefined ? { table, row: Number(row), column: Number(column) } : undefined;
      return { at: 'report', of, cell: place };
    }
    case 'compare':
      return { at: 'compare', before: words[0] ?? '', after: words[1] ?? '' };
    default:
      return { at: 'nowhere' };
  }
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

export function usePlace(): Place {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const moved = (): void => setHash(window.location.hash);
    window.addEventListener('hashchange', moved);
    return () => window.removeEventListener('hashchange', moved);
  }, []);
  return placeOf(hash);
}
