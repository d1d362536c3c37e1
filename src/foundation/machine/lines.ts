/**
 * Calls back for each line of a stream of text, without its end; the returned function gives the last one, unended, and
 * detaches. What goes on for longer than {@link LONGEST} comes in pieces, as lines of their own, so that a stream without
 * line ends is neither held nor gone through again and again.
 *
 * @param redrawn hears the state of a line that is drawn over and over, with carriage returns, before it ends
 */
export function readLines(
  stream: NodeJS.ReadableStream,
  each: (line: string) => void,
  redrawn?: (state: string) => void,
): () => void {
  let rest: string[] = [];
  let length = 0;
  const give = (last: string): void => {
    const line = rest.length === 0 ? last : rest.join('') + last;
    rest = [];
    length = 0;
    each(line);
  };
  stream.setEncoding('utf8');
  const onData = (chunk: string): void => {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      give(chunk.slice(from, end));
      from = end + 1;
    }
    if (from === chunk.length) return;
    rest.push(chunk.slice(from));
    if (redrawn !== undefined && chunk.lastIndexOf('\r') >= from) redrawn(chunk.slice(from));
    length += chunk.length - from;
    if (length > LONGEST) give('');
  };
  stream.on('data', onData);
  return () => {
    if (length > 0) give('');
    stream.off('data', onData);
  };
}

/** Code units of a line. */
const LONGEST = 1 << 16;
