import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type ClusterOptions,
  createClusterReader,
  type KubernetesReader,
} from '../../src/kubernetes/cluster-reader.ts';
import type { Reading } from '../../src/ports/cluster.ts';
import { startKubernetesServer, type TestServer } from './kubernetes-server.ts';

/** A folder that is removed when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'imagecheck-kubernetes-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a kubeconfig with one context (JSON is YAML). */
export async function writeKubeconfig(cluster: object, user: object = {}, folder?: string): Promise<string> {
  const path = join(folder ?? (await temporaryFolder()), 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'main',
    contexts: [{ name: 'main', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

/** A reader that is closed when the test ends. */
export async function openReader(options: Omit<ClusterOptions, 'id'>): Promise<KubernetesReader> {
  const reader = await createClusterReader({ id: 'test', ...options });
  onTestFinished(() => reader.close());
  return reader;
}

/** A plain server and a reader of it. */
export async function startCluster(
  options: Omit<ClusterOptions, 'id'> = {},
): Promise<{ server: TestServer; reader: KubernetesReader }> {
  const server = await startKubernetesServer();
  onTestFinished(() => server.close());
  const kubeconfig = await writeKubeconfig({ server: server.url });
  return { server, reader: await openReader({ kubeconfig, ...options }) };
}

/** Long enough for any response in a test, short enough to end the test. */
export function soon(milliseconds = 10_000): Reading {
  return { signal: AbortSignal.timeout(milliseconds) };
}
