import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { startKubernetesServer, type TestServer } from './kubernetes-server.ts';

/** File of `test/fixtures/tls`: a CA, a server for `api.example.test` and 127.0.0.1, two clients. */
export function tlsPath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
}

export async function tlsText(name: string): Promise<string> {
  return await readFile(tlsPath(name), 'utf8');
}

/** In the format of a kubeconfig's `…-data` fields. */
export async function tlsData(name: string): Promise<string> {
  return Buffer.from(await tlsText(name)).toString('base64');
}

/** A server that asks for client certificates and has no namespaces; it ends with the test. */
export async function startTlsServer(): Promise<TestServer> {
  const [cert, key, ca] = await Promise.all([tlsText('server.crt'), tlsText('server.key'), tlsText('ca.crt')]);
  const server = await startKubernetesServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false });
  onTestFinished(() => server.close());
  server.serve('/api/v1/namespaces', 'Namespace', []);
  return server;
}
