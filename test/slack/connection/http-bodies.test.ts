import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createBodies } from '../../../src/slack/connection/http-bodies.ts';

const kilobyte = 1024;

/** A request whose body we send ourselves. */
function request(): PassThrough & IncomingMessage {
  return new PassThrough() as unknown as PassThrough & IncomingMessage;
}

describe('the bodies of all requests together', () => {
  it('are read whole, in any pieces', async () => {
    const bodies = createBodies({ bodyBytes: 100 * kilobyte, allBodiesBytes: 200 * kilobyte });
    const text = 'abcdefghij'.repeat(9000);
    for (const size of [1000, 301, 100_000]) {
      const one = request();
      const read = bodies.read(one);
      for (let at = 0; at < text.length; at += size) one.write(text.slice(at, at + size));
      one.end();
      expect(String(await read)).toBe(text);
    }
  });

  it('give up the largest that has not ended, so that a small one always fits', async () => {
    const bodies = createBodies({ bodyBytes: 64 * kilobyte, allBodiesBytes: 128 * kilobyte });
    const ends: unknown[] = [];
    for (let index = 0; index < 6; index++) {
      const one = request();
      void bodies.read(one).then((end) => ends.push(end));
      one.write(Buffer.alloc((20 + index) * kilobyte));
    }
    const small = request();
    const read = bodies.read(small);
    small.end('command');
    expect(String(await read)).toBe('command');
    // Two of them and the small one fit.
    expect(ends).toEqual(['dropped', 'dropped', 'dropped', 'dropped']);
  });

  it('may not come in crumbs, each of which is work', async () => {
    const bodies = createBodies({ bodyBytes: 64 * kilobyte, allBodiesBytes: 128 * kilobyte });
    const one = request();
    const read = bodies.read(one);
    for (let count = 0; count < 1000; count++) one.write('a');
    expect(await read).toBe('too large');
  });

  it('end with the connection', async () => {
    const bodies = createBodies({ bodyBytes: kilobyte, allBodiesBytes: 2 * kilobyte });
    const one = request();
    const read = bodies.read(one);
    one.destroy();
    expect(await read).toBe('dropped');
  });

  it('have no more than their limit', async () => {
    const bodies = createBodies({ bodyBytes: kilobyte, allBodiesBytes: 2 * kilobyte });
    const one = request();
    const read = bodies.read(one);
    one.write(Buffer.alloc(kilobyte));
    one.write(Buffer.alloc(1));
    expect(await read).toBe('too large');
  });
});
