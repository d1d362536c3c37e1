import { InvalidArgumentError } from 'commander';

/** Arguments of options that are numbers: each throws what commander turns into words. */

export function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

/** None is a count of GPUs as well. */
export function gpuCount(text: string): number {
  return text === '0' ? 0 : wholeNumber(text);
}

export function seed(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('It must be a whole number.');
}

export function seconds(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?) ?(s|m|min|h)$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('It must be a time such as 90s, 15m or 2h.');
  return Number(count) * (unit === 's' ? 1 : unit === 'h' ? 3600 : 60);
}
