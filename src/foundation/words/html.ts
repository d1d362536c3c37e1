/** Text for HTML, SVG and XML, also in an attribute; what XML forbids is shown as a sign for it. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll(FORBIDDEN, '\ufffd');
}

const ENTITIES: Readonly<Record<string, string>> = { '"': '&quot;', '<': '&lt;', '>': '&gt;' };

const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g;

/**
 * An SVG of a drawing program without what acts: scripts, handlers, foreign content, animations, styles, and references to
 * anything but the picture itself or a bitmap inside of it. A picture may be opened by itself, where no policy of a page protects.
 */
export function safeSvg(svg: string): string {
  let dropping: string | undefined;
  return svg.replaceAll(
    /<!--[^]*?-->|<[!?][^>]*>|<(\/?)([A-Za-z][\w:.-]*)((?:[^<>"']|"[^"]*"|'[^']*')*?)(\/?)>|[^<]+|</g,
    (
      piece: string,
      end: string | undefined,
      name: string | undefined,
      given: string | undefined,
      empty: string | undefined,
    ) => {
      if (name === undefined) {
        if (dropping !== undefined || piece.startsWith('<!') || piece.startsWith('<?')) return '';
        return piece === '<' ? '&lt;' : piece.replaceAll(FORBIDDEN, '\ufffd');
      }
      if (dropping !== undefined) {
        if (end === '/' && name === dropping) dropping = undefined;
        return '';
      }
      if (!ELEMENTS.has(name)) {
        if (end === '' && empty === '') dropping = name;
        return '';
      }
      return `<${end ?? ''}${name}${end === '/' ? '' : attributesOf(given ?? '')}${empty ?? ''}>`;
    },
  );
}

function attributesOf(given: string): string {
  return Array.from(given.matchAll(/([^\s=/"'<>]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g), ([, name, double, single]) => {
    const value = double ?? single ?? '';
    return isSafe(name!.toLowerCase(), value)
      ? ` ${name!}="${value.replaceAll(/["<>]/g, (c) => ENTITIES[c]!).replaceAll(FORBIDDEN, '\ufffd')}"`
      : '';
  }).join('');
}

function isSafe(name: string, value: string): boolean {
  if (name.startsWith('on') || name === 'style') return false;
  if (name === 'href' || name === 'xlink:href' || name === 'src')
    return /^(#|data:image\/(png|jpeg|gif|webp);)/i.test(value);
  // `url(...)` of a fill or a clip: of the picture itself.
  return !/url\s*\(/i.test(value) || /^url\(#[\w:.-]+\)$/.test(value);
}

const ELEMENTS: ReadonlySet<string> = new Set(
  (
    'svg g path rect circle ellipse line polyline polygon text tspan title desc defs clipPath linearGradient radialGradient stop ' +
    'marker mask pattern symbol use image'
  ).split(' '),
);
