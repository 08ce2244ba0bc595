import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseDocument } from 'yaml';
import { ClusterId } from '../model/ask/ask.ts';
import type { ClusterSetting, MirrorSetting } from '../model/settings/settings.ts';
import { defined } from '../model/values/defined.ts';

import { type Environment, type Outside, readText } from './outside.ts';
import type { ConfigFile } from './schema.ts';

/** Id of the cluster that a process runs in, when the configuration names no cluster. */
const presentClusterId = 'in-cluster';
const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** The clusters in the file; without any, the cluster this process runs in, or the current context. */
export function resolveClusters(entries: ConfigFile['clusters'], outside: Outside): readonly ClusterSetting[] {
  const inCluster = isInCluster(outside.env);
  const kubeconfigs = defaultKubeconfigs(outside.env);
  if (entries.length === 0) return presentCluster(inCluster, kubeconfigs, outside.env);
  return entries.map(({ id, context, kubeconfig }) => {
    if (kubeconfig === undefined && context === undefined && inCluster)
      return { id, access: inClusterAccess(outside.env) };
    const files = kubeconfig === undefined ? kubeconfigs : [outside.locate(kubeconfig)];
    return { id, access: kubeconfigAccess(files, context) };
  });
}

/** The mirrors of every cluster, in order. */
export function resolveMirrors(entries: ConfigFile['clusters']): readonly MirrorSetting[] {
  return entries.flatMap(({ id, mirrors }) =>
    mirrors.map(({ registry, endpoint, caFile }) => defined({ cluster: id, registry, endpoint, ca: caFile })),
  );
}

function isInCluster(env: Environment): boolean {
  return (env['KUBERNETES_SERVICE_HOST'] ?? '') !== '' && existsSync(serviceAccountToken);
}

/**
 * The files that Kubernetes' own clients use by default: those that exist; when none exists, the first place to look.
 */
function defaultKubeconfigs(env: Environment): readonly string[] {
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  const files = listed.length > 0 ? listed : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
  const present = files.filter((file) => existsSync(file));
  return present.length > 0 ? present : files;
}

/** The API server's address as every pod has it, so that startup does not depend on the cluster's DNS. */
function inClusterAccess(env: Environment): ClusterSetting['access'] {
  return defined({
    type: 'in-cluster' as const,
    host: env['KUBERNETES_SERVICE_HOST'],
    port: env['KUBERNETES_SERVICE_PORT'],
  });
}

function presentCluster(
  inCluster: boolean,
  kubeconfigs: readonly string[],
  env: Environment,
): readonly ClusterSetting[] {
  if (inCluster) return [{ id: presentClusterId, access: inClusterAccess(env) }];
  const context = currentContext(kubeconfigs);
  if (context === undefined) return [];
  return [{ id: clusterIdOf(context), access: kubeconfigAccess(kubeconfigs, context) }];
}

function kubeconfigAccess(files: readonly string[], context: string | undefined): ClusterSetting['access'] {
  return defined({ type: 'kubeconfig' as const, files, context });
}

/** `current-context` of the first file that sets one; kubectl merges files the same way. */
function currentContext(files: readonly string[]): string | undefined {
  for (const file of files) {
    const contents = parseDocument(readText(file) ?? '', { logLevel: 'silent' }).contents;
    const context: unknown = contents !== null && 'get' in contents ? contents.get('current-context') : undefined;
    if (typeof context === 'string' && context !== '') return context;
  }
  return undefined;
}

/** A valid cluster id derived from a context's name; for an EKS ARN, the cluster's own name. */
export function clusterIdOf(context: string): string {
  const name = context.startsWith('arn:') ? (context.split('/').at(-1) ?? context) : context;
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 63)
    .replace(/(?<!-)-+$/, '');
  return ClusterId.safeParse(id).success ? id : 'current';
}
