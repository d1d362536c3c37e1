import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';

/** An entry of a zip, as honest as its maker. */
export interface ZipEntry {
  readonly name: string;
  readonly data: Uint8Array | string;
  /** Unix mode; 0o120777 is a link. */
  readonly mode?: number;
  readonly deflate?: boolean;
  /** The size that the table of contents claims. */
  readonly claims?: number;
}

/** A zip (PKWARE's APPNOTE 4.3), written by hand so that it can say what honest writers refuse to. */
export function makeZip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const table: Buffer[] = [];
  let offset = 0;
  for (const { name, data, mode = 0o100644, deflate = false, claims } of entries) {
    const raw = Buffer.from(data as string);
    const body = deflate ? deflateRawSync(raw) : raw;
    const title = Buffer.from(name, 'utf8');
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(0x800, 2);
    shared.writeUInt16LE(deflate ? 8 : 0, 4);
    shared.writeUInt16LE(0x21, 8);
    shared.writeUInt32LE(crc32(raw), 10);
    shared.writeUInt32LE(body.length, 14);
    shared.writeUInt32LE(claims ?? raw.length, 18);
    shared.writeUInt16LE(title.length, 22);
    const head = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, title]);
    const more = Buffer.alloc(14);
    more.writeUInt32LE((mode << 16) >>> 0, 6);
    more.writeUInt32LE(offset, 10);
    table.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), shared, more, title]));
    parts.push(head, body);
    offset += head.length + body.length;
  }
  const directory = Buffer.concat(table);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}

/** The entries of an honest zip, by its table of contents. */
export function readZip(zip: Buffer): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  let at = zip.readUInt32LE(end + 16);
  for (let i = 0; i < zip.readUInt16LE(end + 10); i += 1) {
    const [method, packed] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [title, extra, comment] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    const local = zip.readUInt32LE(at + 42);
    const name = zip.toString('utf8', at + 46, at + 46 + title);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const body = zip.subarray(start, start + packed);
    found.set(name, method === 0 ? body : inflateRawSync(body));
    at += 46 + title + extra + comment;
  }
  return found;
}
