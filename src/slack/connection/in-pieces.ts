import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** The headers of a request of Slack have about so many bytes. */
const pieceBytes = 2048;

/** Longer than proxies keep a connection that nobody uses. */
const idleMs = 120_000;

/**
 * The same connection, read in small pieces. Node’s parser hands over all requests of what it reads before it looks
 * whether the connection was closed meanwhile: in the 64 kB of one read are more than 300, which cost a megabyte.
 */
export function inPieces(socket: Socket): Duplex {
  const read = function (this: Duplex): void {
    const piece: unknown = socket.read(Math.min(pieceBytes, socket.readableLength));
    if (piece === null) socket.once('readable', () => this.destroyed || read.call(this));
    else this.push(piece);
  };
  const connection = new Duplex({
    readableHighWaterMark: pieceBytes,
    read,
    write: (chunk, encoding, done) => void socket.write(chunk, encoding, done),
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.setTimeout(idleMs, () => connection.destroy());
  socket.once('end', () => connection.push(null));
  socket.once('error', (error) => connection.destroy(error));
  socket.once('close', () => connection.destroy());
  // Node’s server calls this, as a socket has it, after the last answer of a connection.
  return Object.assign(connection, { destroySoon: () => connection.end(() => connection.destroy()) });
}
