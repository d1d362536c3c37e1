/** Calls back for each whole line of a stream of text; the returned function gives the last one, unended, and detaches. */
export function readLines(stream: NodeJS.ReadableStream, each: (line: string) => void): () => void {
  let rest = '';
  stream.setEncoding('utf8');
  const onData = (chunk: string): void => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop()!;
    for (const line of parts) each(line);
  };
  stream.on('data', onData);
  return () => {
    if (rest !== '') each(rest);
    rest = '';
    stream.off('data', onData);
  };
}
