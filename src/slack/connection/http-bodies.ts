import type { IncomingMessage } from 'node:http';

/** Reads the bodies of requests within a budget that all of them share. */
export interface Bodies {
  /**
   * The whole body; never more than `bodyBytes`. `dropped`: the connection ended, or the budget was spent and this was
   * the largest body that had not ended.
   */
  read(request: IncomingMessage): Promise<Buffer | 'too large' | 'dropped'>;
}

/** What reading a chunk costs at least, in bytes: a network packet is larger, and only an attacker sends crumbs. */
const leastChunk = 256;

interface Reading {
  readonly bytes: () => number;
  readonly drop: () => void;
}

/**
 * Libraries limit one body (`raw-body`) or the number of requests, not the memory of all bodies together. Whatever
 * arrives is copied into one buffer per request, which counts in full: kept one by one, chunks of a single byte would
 * cost hundreds of times their size.
 */
export function createBodies(limits: { readonly bodyBytes: number; readonly allBodiesBytes: number }): Bodies {
  const readings = new Set<Reading>();
  const makeRoom = (): void => {
    let total = 0;
    for (const { bytes } of readings) total += bytes();
    while (total > limits.allBodiesBytes) {
      const largest = [...readings].reduce((one, other) => (other.bytes() > one.bytes() ? other : one));
      total -= largest.bytes();
      largest.drop();
    }
  };
  return {
    read: (request) => {
      const { promise, resolve } = Promise.withResolvers<Buffer | 'too large' | 'dropped'>();
      let held = Buffer.alloc(0);
      let length = 0;
      let cost = 0;
      const reading = { bytes: () => held.length, drop: () => end('dropped') };
      const end = (result: Buffer | 'too large' | 'dropped'): void => {
        readings.delete(reading);
        held = Buffer.alloc(0);
        request.off('data', take);
        resolve(result);
      };
      const take = (chunk: Buffer): void => {
        cost += Math.max(leastChunk, chunk.length);
        if (length + chunk.length > limits.bodyBytes || cost > limits.bodyBytes + leastChunk) return end('too large');
        if (length + chunk.length > held.length) {
          const larger = Buffer.alloc(Math.min(limits.bodyBytes, Math.max(4096, 2 * (length + chunk.length))));
          held.copy(larger, 0, 0, length);
          held = larger;
          makeRoom();
        }
        chunk.copy(held, length);
        length += chunk.length;
      };
      readings.add(reading);
      request.on('data', take);
      request.once('end', () => end(held.subarray(0, length)));
      request.once('error', () => end('dropped'));
      request.once('close', () => end('dropped'));
      return promise;
    },
  };
}
