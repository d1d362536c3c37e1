import { suggestion } from '../../../foundation/failures/nearest.js';
import { child, nearest, type MapNode } from '../../document/node.js';
import type { Located } from '../../document/source.js';
import type { ReportClaim, ReportTable } from '../../schemas/report-section.js';
import { readClaim } from './claim.js';
import type { CellIndex } from './cells.js';
import type { Claim, Column, Row, Table } from './report.js';
import type { StageFamily } from '../expansion/stages.js';

/**
 * A claim with its names tied to stages: a number that a table prints is the one that a claim on its row and column is about.
 *
 * @param sections the tables as they are written
 */
export function toClaim(
  claim: ReportClaim,
  node: MapNode,
  sections: readonly ReportTable[],
  tables: readonly Table[],
  index: CellIndex,
): Claim {
  const { id, says, section, that } = claim;
  const mode = claim.hold === undefined || claim.hold === 'all' ? {} : { mode: claim.hold };
  const nothing: Claim = { id, says, section, that, ...mode, on: [], operands: [], comparisons: [] };
  const inTables = claim.table === undefined ? tables : tables.filter((table) => table.id === claim.table);
  if (inTables.length === 0 && claim.table !== undefined) {
    const ids = tables.map((table) => table.id);
    index.complain(
      'graph/unknown-in-report',
      nearest(node, 'table'),
      `there is no table \`${claim.table}\``,
      suggestion(claim.table, ids, 'tables'),
    );
    return nothing;
  }
  const sources = inTables.flatMap((table) =>
    sections.filter((one) => one.id === table.id).flatMap((one) => one.from ?? []),
  );
  const from = index.families(
    sources.length === 0 || inTables.some((t) => !hasFrom(sections, t)) ? undefined : sources.flat(),
    undefined,
  );
  const placeOn = (i: number): Located => {
    const place = child(node, 'on');
    return (place?.kind === 'list' ? place.items[i] : undefined) ?? node;
  };
  const meant = claim.on.map((name, i) => claimColumn(name, inTables, from, index, placeOn(i)));
  const on = meant.map(({ column }) => column);
  const rows = inTables.flatMap((table) => table.rows);
  const read = readClaim(that, {
    row: (label) => rowOf(label, inTables, index, nearest(node, 'that')),
    other: (label) => (index.knows(label) ? { label, of: label } : undefined),
  });
  if (!read.ok) {
    const place = nearest(node, 'that');
    if (read.unknown === undefined)
      index.complain('graph/bad-claim', place, read.message, 'write `A < B`, `A <= B <= C` or `A - B > 0.05`');
    else
      index.complain(
        'graph/unknown-in-report',
        place,
        read.message,
        suggestion(read.unknown, [...new Set(rows.map((row) => row.label))], 'rows'),
      );
    return { ...nothing, on };
  }
  const operands = read.operands.map((row) => ({
    ...row,
    cells: meant.map(({ column, columns }) => {
      if (column.metric === '') return [];
      const printed = printedCells(row, columns, inTables);
      const [first, second] = printed;
      if (first === undefined) return index.find(row.of, column.of, from, nearest(node, 'that'), column.label);
      if (second !== undefined)
        index.complain(
          'graph/unclear-in-report',
          nearest(node, 'that'),
          `the tables ${printed.map(({ table }) => `\`${table}\``).join(' and ')} have different numbers for \`${row.label}\` and \`${column.label}\``,
          WHICH_TABLE,
        );
      return first.cells;
    }),
  }));
  // Columns of the tables are checked there.
  const checked = new Set(inTables.flatMap((table) => table.columns));
  for (const [i, column] of on.entries())
    if (!checked.has(column))
      index.checkMetric(
        column.metric,
        operands.flatMap(({ cells }) => cells[i] ?? []),
        placeOn(i),
      );
  return { id, says, section, that, ...mode, on, operands, comparisons: read.comparisons };
}

function hasFrom(sections: readonly ReportTable[], table: Table): boolean {
  return sections.find((one) => one.id === table.id)?.from !== undefined;
}

const WHICH_TABLE = 'say which is meant: `table: ID`';

/** The numbers that tables print for a row on the columns that are meant, each with the first table that has it. */
function printedCells(
  row: Row,
  columns: readonly Column[],
  tables: readonly Table[],
): readonly { readonly table: string; readonly cells: readonly string[] }[] {
  const found = new Map<string, { readonly table: string; readonly cells: readonly string[] }>();
  for (const table of tables)
    for (const [r, { of }] of table.rows.entries())
      for (const [c, column] of table.columns.entries()) {
        if (of !== row.of || !columns.includes(column)) continue;
        const cells = table.cells[r]![c]!;
        const key = cells.join(' ');
        if (!found.has(key)) found.set(key, { table: table.id, cells });
      }
  return [...found.values()];
}

function rowOf(label: string, tables: readonly Table[], index: CellIndex, at: Located): Row | undefined {
  const [first, ...others] = tables.flatMap((table) =>
    table.rows.filter((row) => row.label === label).map((row) => ({ table, row })),
  );
  if (first === undefined) return undefined;
  const other = others.find(({ row }) => row.of !== first.row.of);
  if (other !== undefined)
    index.complain(
      'graph/unclear-in-report',
      at,
      `the row \`${label}\` is \`${first.row.of}\` in the table \`${first.table.id}\`, but \`${other.row.of}\` in \`${other.table.id}\``,
      WHICH_TABLE,
    );
  return first.row;
}

/** What a claim is on, and the columns of tables that show it. */
interface MeantColumn {
  readonly column: Column;
  readonly columns: readonly Column[];
}

/** A column label, `value.metric`, or the axis value that one column is about. */
function claimColumn(
  name: string,
  tables: readonly Table[],
  from: readonly StageFamily[] | undefined,
  index: CellIndex,
  place: Located,
): MeantColumn {
  const columns = tables.flatMap((table) => table.columns);
  const labelled = columns.filter((column) => column.label === name);
  const [byLabel] = labelled;
  if (byLabel !== undefined) {
    const other = labelled.find(({ of, metric }) => of !== byLabel.of || metric !== byLabel.metric);
    const written = ({ of, metric }: Column): string => (of === undefined ? metric : `${of}.${metric}`);
    if (other !== undefined && byLabel.metric !== '' && other.metric !== '')
      index.complain(
        'graph/unclear-in-report',
        place,
        `the column \`${name}\` is \`${written(byLabel)}\` in one table, but \`${written(other)}\` in another`,
        WHICH_TABLE,
      );
    return { column: byLabel, columns: labelled };
  }
  const about = columns.filter((column) => column.of === name);
  const metrics = new Set(about.map((column) => column.metric));
  const [first] = about;
  if (first !== undefined && metrics.size === 1) return { column: first, columns: about };
  if (metrics.size > 1) {
    index.complain(
      'graph/unclear-in-report',
      place,
      `several columns are about \`${name}\``,
      `say which metric: ${[...metrics].map((m) => `${name}.${m}`).join(', ')}`,
    );
    return { column: { label: name, of: name, metric: '' }, columns: [] };
  }
  if (name.includes('.')) {
    const column = index.column(name, name, from, place);
    return { column, columns: columns.filter(({ of, metric }) => of === column.of && metric === column.metric) };
  }
  const known = [
    ...new Set(columns.flatMap((column) => (column.metric === '' ? [] : [column.label, column.of ?? column.label]))),
  ];
  index.complain(
    'graph/unknown-in-report',
    place,
    `there is no column \`${name}\``,
    suggestion(name, known, 'columns'),
  );
  return { column: { label: name, of: undefined, metric: '' }, columns: [] };
}
