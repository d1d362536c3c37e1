/**
 * What `work` gives, under a signal that comes after so many milliseconds (as a TimeoutError) or when `outer` does.
 *
 * The timer holds the signal. In Node 20 what `AbortSignal.any` makes of `AbortSignal.timeout` is held by nobody: collected
 * before its time, it never comes.
 */
export async function within<T>(
  milliseconds: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const tooLong = (): void => controller.abort(new DOMException('took too long', 'TimeoutError'));
  const stop = (): void => controller.abort(outer?.reason);
  const timer = setTimeout(tooLong, milliseconds);
  if (outer?.aborted === true) stop();
  outer?.addEventListener('abort', stop, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', stop);
  }
}
