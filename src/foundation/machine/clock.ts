/**
 * Milliseconds since some moment of this process, for the time between two of them; it never goes back. What `performance` is made of
 * takes Node several milliseconds to load, as long as the whole plan of a small run.
 */
export function milliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return 1e3 * seconds + nanoseconds / 1e6;
}
