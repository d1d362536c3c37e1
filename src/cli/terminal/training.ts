import type { Epoch } from '../../report/figures/epochs.js';
import { columns } from './table.js';

/** Of what `learning/train` tells of an epoch. */
const CURVES = ['loss', 'active', 'spread'] as const;

/** The curves of a training, each on a line, then the epochs in a table, a dozen at most. */
export function trainingLines(epochs: readonly Epoch[]): readonly string[] {
  // Another program's file of that name may hold other numbers.
  const isTraining = epochs.every((epoch) => [...CURVES, 'epoch', 'rate'].every((name) => epoch[name] !== undefined));
  if (epochs.length === 0 || !isTraining) return [];
  const curves = CURVES.map((name) => {
    const values = epochs.map((epoch) => epoch[name]!);
    return [name, sparkline(values, 48), `${sayValue(values[0]!)} -> ${sayValue(values.at(-1)!)}`];
  });
  const step = Math.max(1, Math.ceil(epochs.length / 12));
  const shown = epochs.filter((_, i) => i % step === 0 || i === epochs.length - 1);
  const rows = shown.map((epoch) => [
    String(epoch.epoch),
    ...CURVES.map((name) => sayValue(epoch[name]!)),
    String(Number(epoch.rate!.toPrecision(3))),
  ]);
  return [...columns(curves), '', ...columns([['epoch', ...CURVES, 'rate'], ...rows], [0, 1, 2, 3, 4])];
}

/** Values as eight heights, the lowest to the highest; several values share a column where there are too many. */
export function sparkline(values: readonly number[], width: number): string {
  const columnsShown = Math.min(width, values.length);
  const means = Array.from({ length: columnsShown }, (_, i) => {
    const from = Math.floor((i * values.length) / columnsShown);
    const slice = values.slice(from, Math.max(from + 1, Math.floor(((i + 1) * values.length) / columnsShown)));
    return slice.reduce((sum, value) => sum + value, 0) / slice.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const height = (value: number): number => (high === low ? 0 : Math.round(((value - low) / (high - low)) * 7));
  return means.map((value) => '▁▂▃▄▅▆▇█'[height(value)]!).join('');
}

function sayValue(value: number): string {
  return value.toFixed(4);
}
