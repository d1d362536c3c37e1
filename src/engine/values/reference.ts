/**
 * What stands between `${` and `}`:
 *
 *     yaw                    a parameter, or a stage
 *     profile.epochs         a value of the profile
 *     matrix.model           the stage's coordinate on an axis
 *     network.width          a key inside a parameter's value
 *     train[model=nn4]       a stage of a matrix, by its coordinates
 *     train/weights.onnx     a file of a stage's artifact
 *
 * `$${` is a plain `${`.
 */
export interface Reference {
  readonly head: string;
  readonly path: readonly string[];
  readonly coordinates: ReadonlyMap<string, string>;
  readonly file: string | undefined;
  /** As written, without `${` and `}`. */
  readonly written: string;
}

/** Text and references in turn. Offsets are into the text that was parsed. */
export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reference'; readonly reference: Reference; readonly start: number; readonly end: number };

/** A text with references in it, or what is wrong with one of them. */
export type Interpolation =
  | { readonly ok: true; readonly segments: readonly Segment[] }
  | { readonly ok: false; readonly start: number; readonly end: number; readonly message: string };

export function hasReference(text: string): boolean {
  return text.includes('${');
}

export function parseInterpolation(text: string): Interpolation {
  const segments: Segment[] = [];
  let plain = '';
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('${', at);
    if (open < 0) break;
    if (text[open - 1] === '$' && open > at) {
      plain += `${text.slice(at, open - 1)}\${`;
      at = open + 2;
      continue;
    }
    const close = text.indexOf('}', open);
    if (close < 0) return { ok: false, start: open, end: text.length, message: 'the `}` of this reference is missing' };
    const reference = parseReference(text.slice(open + 2, close));
    if (typeof reference === 'string') return { ok: false, start: open, end: close + 1, message: reference };
    plain += text.slice(at, open);
    if (plain !== '') segments.push({ kind: 'text', text: plain });
    plain = '';
    segments.push({ kind: 'reference', reference, start: open, end: close + 1 });
    at = close + 1;
  }
  plain += text.slice(at);
  if (plain !== '' || segments.length === 0) segments.push({ kind: 'text', text: plain });
  return { ok: true, segments };
}

const FORM = /^([A-Za-z][A-Za-z0-9_-]*)((?:\.[A-Za-z0-9_-]+)*)(?:\[([^\]]*)\])?(?:\/(.+))?$/;

/** A message where it is not of that form. */
export function parseReference(written: string): Reference | string {
  const text = written.trim();
  if (text === '') return 'a reference needs a name: `${stage}`, `${parameter}`, `${profile.value}`';
  const match = FORM.exec(text);
  if (match === null)
    return `\`${text}\` is no reference; expected a name such as \`stage\`, \`stage/file\`, \`stage[axis=value]\` or \`profile.value\``;
  const coordinates = new Map<string, string>();
  const [, head = '', path = '', pairs, file] = match;
  for (const pair of pairs?.split(',') ?? []) {
    const [axis = '', ...value] = pair.split('=');
    if (value.length === 0 || axis.trim() === '' || value.join('=').trim() === '')
      return `\`[${pairs}]\` is no list of coordinates; expected \`[axis=value, ...]\``;
    coordinates.set(axis.trim(), value.join('=').trim());
  }
  return {
    head,
    path: path === '' ? [] : path.slice(1).split('.'),
    coordinates,
    file,
    written: text,
  };
}
