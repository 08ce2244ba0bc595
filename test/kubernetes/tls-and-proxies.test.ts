import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCredentials } from '../../src/kubernetes/connection/credentials.ts';
import { openReader, soon, temporaryFolder, writeKubeconfig } from '../support/kubernetes-reader.ts';
import { startTlsServer, tlsData, tlsPath, tlsText } from '../support/kubernetes-tls.ts';

describe('TLS', () => {
  test('client certificates, inline and as files that are rotated', async () => {
    const server = await startTlsServer();
    const folder = await temporaryFolder();
    const cluster = { server: server.url, 'certificate-authority-data': await tlsData('ca.crt') };
    const data = {
      'client-certificate-data': await tlsData('client.crt'),
      'client-key-data': await tlsData('client.key'),
    };
    const reader = await openReader({ kubeconfig: await writeKubeconfig(cluster, data) });
    expect(await reader.namespaces(soon())).toMatchObject({ known: true });
    await writeFile(join(folder, 'c.crt'), await tlsText('client.crt'));
    await writeFile(join(folder, 'c.key'), await tlsText('client.key'));
    const files = { 'client-certificate': 'c.crt', 'client-key': 'c.key' };
    const access = {
      server: server.url,
      ca: { kind: 'file', path: tlsPath('ca.crt') },
      skipTlsVerify: false,
      proof: { kind: 'anonymous' },
      certificate: {
        cert: { kind: 'file', path: join(folder, 'c.crt') },
        key: { kind: 'file', path: join(folder, 'c.key') },
      },
    } as const;
    let nowMs = 0;
    const credentials = createCredentials(access, () => nowMs);
    await credentials.present();
    await writeFile(join(folder, 'c.crt'), await tlsText('second-client.crt'));
    await writeFile(join(folder, 'c.key'), await tlsText('second-client.key'));
    nowMs = 60_000;
    const rotated = await credentials.present();
    expect(rotated.ok && rotated.value.cert).toBe((await tlsText('second-client.crt')).trim());
    const second = await openReader({
      kubeconfig: await writeKubeconfig({ ...cluster, 'certificate-authority': 'ignored' }, files, folder),
    });
    expect(await second.namespaces(soon())).toMatchObject({ known: true });
    expect(server.requests.map(({ clientName }) => clientName)).toEqual(['client', 'second-client']);
  });

  test('a certificate for another name is refused, unless the name is given', async () => {
    const server = await startTlsServer();
    const cluster = {
      server: `https://localhost:${server.port}`,
      'certificate-authority': tlsPath('ca.crt'),
    };
    const refused = await openReader({ kubeconfig: await writeKubeconfig(cluster) });
    expect(await refused.namespaces(soon())).toMatchObject({ why: expect.stringContaining('for another name') });
    const named = { ...cluster, 'tls-server-name': 'api.example.test' };
    const reader = await openReader({ kubeconfig: await writeKubeconfig(named) });
    expect(await reader.namespaces(soon())).toMatchObject({ known: true });
  });

  test('an unknown CA is refused, unless verification is off', async () => {
    const server = await startTlsServer();
    const strict = await openReader({ kubeconfig: await writeKubeconfig({ server: server.url }) });
    expect(await strict.namespaces(soon())).toMatchObject({ why: expect.stringContaining('not trusted') });
    const cluster = { server: server.url, 'insecure-skip-tls-verify': true };
    const loose = await openReader({ kubeconfig: await writeKubeconfig(cluster) });
    expect(await loose.namespaces(soon())).toMatchObject({ known: true });
  });
});

describe('proxies', () => {
  /** A forwarding proxy that sends every tunnel to one port. */
  async function startProxy(port: number) {
    const tunnels: { target: string; authorization: string | undefined }[] = [];
    const sockets = new Set<Socket>();
    const proxy = createServer();
    proxy.on('connection', (socket: Socket) => sockets.add(socket));
    proxy.on('connect', (request, socket: Socket) => {
      tunnels.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] });
      const upstream = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      sockets.add(upstream);
      for (const end of [socket, upstream]) end.on('error', () => end.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    });
    return { tunnels, host: `127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  }

  const cluster = async () => ({
    server: 'https://api.example.test:6443',
    'certificate-authority-data': await tlsData('ca.crt'),
  });

  test('the environment’s proxy tunnels to a server outside', async () => {
    const server = await startTlsServer();
    const { tunnels, host } = await startProxy(server.port);
    const reader = await openReader({
      kubeconfig: await writeKubeconfig(await cluster()),
      proxy: { httpsProxy: `http://bot:pw@${host}`, noProxy: 'other.test' },
    });
    expect(await reader.namespaces(soon())).toMatchObject({ known: true });
    expect(tunnels).toEqual([{ target: 'api.example.test:6443', authorization: `Basic ${btoa('bot:pw')}` }]);
  });

  test('proxy-url of the kubeconfig wins over it, and its password is never told', async () => {
    const server = await startTlsServer();
    const { tunnels, host } = await startProxy(server.port);
    const given = { ...(await cluster()), 'proxy-url': `http://${host}` };
    const proxy = { httpsProxy: 'http://127.0.0.1:1' };
    const reader = await openReader({ kubeconfig: await writeKubeconfig(given), proxy });
    expect(await reader.namespaces(soon())).toMatchObject({ known: true });
    expect(tunnels).toHaveLength(1);
    const dead = { ...given, 'proxy-url': 'http://bot:s3cret@127.0.0.1:1' };
    const lost = await openReader({ kubeconfig: await writeKubeconfig(dead) });
    const fact = await lost.namespaces(soon());
    expect(fact.known).toBe(false);
    expect(JSON.stringify(fact)).not.toContain('s3cret');
  });
});
