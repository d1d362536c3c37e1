import { sayDuration } from '../../foundation/numbers/duration.js';

/** `3 min ago`, `yesterday 14:02`, `12 Mar 2026`. */
export function ago(when: string, now = Date.now()): string {
  const then = new Date(when);
  const seconds = (now - then.getTime()) / 1000;
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 45) return 'just now';
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 20 * 3600) return `${Math.round(seconds / 3600)} h ago`;
  const time = then.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  if (seconds < 6 * 86400) return `${then.toLocaleDateString([], { weekday: 'short' })} ${time}`;
  return then.toLocaleDateString([], { day: 'numeric', month: 'short', year: 'numeric' });
}

export function exactly(when: string): string {
  return new Date(when).toLocaleString();
}

export function took(seconds: number): string {
  if (seconds < 9.995) return sayDuration(seconds);
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return sayDuration(seconds);
}

export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, count)) / 10)));
  const value = count / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]!}`;
}

/** A measured value where there is no table to say how it is printed. */
export function plain(value: unknown): string {
  if (typeof value === 'number') {
    if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
    return Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6
      ? String(Number(value.toPrecision(5)))
      : value.toExponential(3);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `1 stage`, `2 stages`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** A time that is guessed, no finer than it can be. */
export function sayLeft(seconds: number): string {
  if (seconds < 5) return 'a few seconds left';
  if (seconds < 60) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${(seconds / 3600).toFixed(1)} h left`;
}
