import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** A layer as runtimes unpack it: its compressed bytes, and the digest of its contents (`diff_ids` of the config). */
export interface Layer {
  readonly bytes: Buffer;
  readonly diffId: string;
}

const blockBytes = 512;

/** A layer with one file. The same text gives the same bytes on every machine and version of Node. */
export function layerOf(text: string): Layer {
  const content = Buffer.from(text);
  const padding = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes);
  const archive = Buffer.concat([header('app/build', content.length), content, padding, Buffer.alloc(2 * blockBytes)]);
  // Stored, not deflated, and without the system's mark (RFC 1952, 2.3.1): both differ between versions and systems.
  const bytes = gzipSync(archive, { level: 0 });
  bytes[9] = 0xff;
  return { bytes, diffId: `sha256:${createHash('sha256').update(archive).digest('hex')}` };
}

/** POSIX ustar (IEEE 1003.1, pax); numbers are octal text. */
function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, width: number) => value.toString(8).padStart(width - 1, '0');
  block.write(name, 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write('0', 156);
  block.write('ustar', 257);
  block.write('00', 263);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)}\0 `, 148);
  return block;
}
