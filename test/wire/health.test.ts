import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startHealth } from '../../src/wire/health.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function start() {
  const health = await startHealth(0);
  ends.push(() => health.stop());
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${health.port}${path}`, { method });
    const text = await response.text();
    return { status: response.status, ...(text === '' ? {} : { told: JSON.parse(text) as unknown }) };
  };
  return { health, get };
}

describe('health', () => {
  it('is alive at once, and ready when it started and every part works', async () => {
    const { health, get } = await start();
    let works = true;
    health.watch('redis', () => works);
    health.watch('redis', async () => true);
    expect(await get('/healthz')).toEqual({ status: 200, told: { started: false, redis: true } });
    expect(await get('/readyz')).toMatchObject({ status: 503 });
    health.started();
    expect(await get('/readyz?verbose')).toEqual({ status: 200, told: { started: true, redis: true } });
    works = false;
    expect(await get('/readyz')).toEqual({ status: 503, told: { started: true, redis: false } });
    expect(await get('/healthz')).toEqual({ status: 200, told: { started: true, redis: false } });
  });

  it('takes a part that fails or hangs for one that does not work', async () => {
    const { health, get } = await start();
    health.started();
    health.watch('fails', () => Promise.reject(new Error('secret')));
    health.watch('throws', () => {
      throw new Error('secret');
    });
    health.watch('hangs', () => new Promise(() => {}));
    expect(await get('/readyz')).toEqual({
      status: 503,
      told: { started: true, fails: false, throws: false, hangs: false },
    });
  });

  it('answers nothing else, and ends connections that say nothing', async () => {
    const { health, get } = await start();
    expect(await get('/')).toEqual({ status: 404 });
    expect(await get('/healthz', 'POST')).toEqual({ status: 404 });
    const silent = connect(health.port ?? 0, '127.0.0.1');
    const closed = new Promise((resolve) => silent.once('close', resolve));
    silent.write('GET /healthz HTTP/1.1\r\n');
    silent.on('error', () => {}).resume();
    await closed;
  });

  it('says which port is taken, and listens nowhere without one', async () => {
    const { health } = await start();
    await expect(startHealth(health.port)).rejects.toThrow(`cannot listen on port ${health.port} for health checks.`);
    expect(await startHealth(undefined)).not.toHaveProperty('port');
  });
});
