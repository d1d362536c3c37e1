/** An image's values as they lie in a file that no library of ours reads: rows from the top, 8 bits, 1 or 3 channels. */
export interface PlainImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Whether the file had more than 8 bits a value. */
  readonly deep: boolean;
  readonly data: Uint8Array;
}

/** What a header says: enough to judge an image before its values are read. */
export type PlainHeader = Omit<PlainImage, 'data'>;

interface Format {
  readonly header: PlainHeader;
  read(): Uint8Array;
}

/**
 * The PNM family (Netpbm's pbm, pgm, ppm, `P1` to `P6`, which face data sets such as ORL and Yale come in) and Windows
 * bitmaps (1, 4, 8, 24 and 32 bits, not compressed).
 * @returns undefined for anything else
 * @throws {Error} where the file is such and its header is damaged or asks for what is not read
 */
export function plainFormat(bytes: Uint8Array): Format | undefined {
  if (bytes[0] === 0x50 && bytes[1]! >= 0x31 && bytes[1]! <= 0x36 && isSpace(bytes[2])) return netpbm(bytes);
  if (bytes[0] === 0x42 && bytes[1] === 0x4d && bytes.length >= 26) return bitmap(bytes);
  return undefined;
}

function isSpace(byte: number | undefined): boolean {
  return byte !== undefined && (byte === 0x20 || byte === 0x23 || (byte >= 0x09 && byte <= 0x0d));
}

/** https://netpbm.sourceforge.net/doc/ppm.html: a magic number, width, height, greatest value, then values. */
function netpbm(bytes: Uint8Array): Format {
  const kind = bytes[1]! - 0x30;
  let at = 2;
  const next = (): number => {
    for (; isSpace(bytes[at]); at += 1) {
      if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 0x0a && bytes[at] !== 0x0d) at += 1;
    }
    const first = at;
    let value = 0;
    for (; bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at += 1) value = value * 10 + bytes[at]! - 0x30;
    if (at === first) throw new Error(first >= bytes.length ? 'the file is cut off' : 'a number is missing in it');
    return value;
  };
  const isBitmap = kind === 1 || kind === 4;
  const [width, height] = [next(), next()];
  const most = isBitmap ? 1 : next();
  if (width < 1 || height < 1 || most < 1 || most > 65535) throw new Error('its header is invalid');
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const header: PlainHeader = { width, height, channels, deep: most > 255 };
  const count = width * height * channels;
  const read = (): Uint8Array => {
    // In text a value takes a byte at least: what a file cannot hold is not made room for.
    if (kind < 4 && count > bytes.length - at) throw new Error('the file is cut off');
    const first = at + 1; // One byte of white space.
    const row = Math.ceil(width / 8);
    const size = kind === 4 ? row * height : count * (most > 255 ? 2 : 1);
    if (kind >= 4 && first + size > bytes.length) throw new Error('the file is cut off');
    const data = new Uint8Array(count);
    const put = (i: number, value: number): void => {
      data[i] = Math.round((255 * Math.min(value, most)) / most);
    };
    if (kind === 1) {
      // Digits may stand without space between them; 1 is black.
      for (let i = 0; i < count; at += 1) {
        if (at >= bytes.length) throw new Error('the file is cut off');
        if (bytes[at] === 0x30 || bytes[at] === 0x31) data[i++] = bytes[at] === 0x31 ? 0 : 255;
      }
      return data;
    }
    if (kind < 4) {
      for (let i = 0; i < count; i += 1) put(i, next());
      return data;
    }
    for (let i = 0; i < count; i += 1) {
      if (kind === 4) {
        const bit = (bytes[first + Math.floor(i / width) * row + ((i % width) >> 3)]! >> (7 - ((i % width) & 7))) & 1;
        data[i] = bit === 1 ? 0 : 255;
      } else if (most > 255) put(i, 256 * bytes[first + 2 * i]! + bytes[first + 2 * i + 1]!);
      else if (most === 255) data[i] = bytes[first + i]!;
      else put(i, bytes[first + i]!);
    }
    return data;
  };
  return { header, read };
}

/** BITMAPFILEHEADER and BITMAPINFOHEADER (or the older core header), little endian; rows from the bottom, each of whole words. */
function bitmap(bytes: Uint8Array): Format {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.getUint32(10, true);
  const size = view.getUint32(14, true);
  const core = size === 12;
  if (!core && bytes.length < 54) throw new Error('the file is cut off');
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
  const tall = core ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(core ? 24 : 28, true);
  const compression = core ? 0 : view.getUint32(30, true);
  const height = Math.abs(tall);
  if (width < 1 || height < 1) throw new Error('its header is invalid');
  if (![1, 4, 8, 24, 32].includes(bits) || (compression !== 0 && !(compression === 3 && bits === 32))) {
    throw new Error(`bitmaps of ${bits} bits with compression ${compression} are not read: save it without, or as PNG`);
  }
  const row = Math.ceil((width * bits) / 32) * 4;
  const paletteAt = 14 + size;
  const colour = core ? 3 : 4;
  const used = core ? 0 : view.getUint32(46, true);
  const colours = bits > 8 ? 0 : used || 2 ** bits;
  const read = (): Uint8Array => {
    if (start + row * height > bytes.length || paletteAt + colours * colour > bytes.length) throw new Error('the file is cut off'); // prettier-ignore
    const data = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y += 1) {
      const line = start + row * (tall < 0 ? y : height - 1 - y);
      for (let x = 0; x < width; x += 1) {
        let from = line + x * (bits >> 3);
        if (bits <= 8) {
          const place = x * bits;
          const index = (bytes[line + (place >> 3)]! >> (8 - bits - (place & 7))) & (2 ** bits - 1);
          if (index >= colours) throw new Error('it has a colour that its palette lacks');
          from = paletteAt + index * colour;
        }
        const to = 3 * (y * width + x);
        [data[to], data[to + 1], data[to + 2]] = [bytes[from + 2]!, bytes[from + 1]!, bytes[from]!];
      }
    }
    return data;
  };
  return { header: { width, height, channels: 3, deep: false }, read };
}
