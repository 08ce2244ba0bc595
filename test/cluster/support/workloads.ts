import { expect, vi } from 'vitest';
import type { WorkloadRef } from '../../../src/model/workload/workload.ts';
import type { Sandbox } from '../../../src/sandbox/start.ts';
import { callApi } from '../../support/sandbox.ts';
import type { Kubectl } from './kubectl.ts';

const registry = 'ghcr.io';

/** One workload of every kind, so that a diagnosis of each uses every right there is. */
export async function createWorkloads(sandbox: Sandbox, admin: Kubectl, namespace: string): Promise<void> {
  for (const push of [
    { repository: 'rights/web', tags: ['1'] },
    { repository: 'rights/private', tags: ['1'], private: true },
  ]) {
    await callApi(sandbox, 'POST', `/registries/${registry}`, { push });
  }
  const behaviour = { exitCode: 1, logs: ['RuntimeError: nothing to do'] };
  await callApi(sandbox, 'POST', '/kubelet/behaviours', { match: { namespace, container: 'crash' }, behaviour });
  await admin.run(['create', 'namespace', namespace]);
  await admin.run(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects(namespace) }));
  await admin.run(['-n', namespace, 'rollout', 'status', 'statefulset/db', 'daemonset/agent', '--timeout=60s']);
  await admin.run(['-n', namespace, 'create', 'job', 'nightly-now', '--from=cronjob/nightly']);
  // The kubelet has pulled, and so there is something to say of each of them.
  const waiting = '{.items[*].status.containerStatuses[*].state.waiting.reason}';
  const pods = ['-n', namespace, 'get', 'pods', '-l', 'app in (web,crash)', '-o', `jsonpath=${waiting}`];
  const reasons = async () => {
    const found = await admin.run(pods);
    expect(found).toContain('ImagePullBackOff');
    expect(found).toContain('CrashLoopBackOff');
  };
  await vi.waitFor(reasons, { timeout: 20_000, interval: 100 });
}

/** What to ask about. */
export function refs(
  namespace: string,
): Readonly<Record<'web' | 'crash' | 'db' | 'agent' | 'migrate' | 'nightly' | 'bare', WorkloadRef>> {
  const ref = (kind: WorkloadRef['kind'], name: string): WorkloadRef => ({ kind, namespace, name });
  return {
    web: ref('Deployment', 'web'),
    crash: ref('Deployment', 'crash'),
    db: ref('StatefulSet', 'db'),
    agent: ref('DaemonSet', 'agent'),
    migrate: ref('Job', 'migrate'),
    nightly: ref('CronJob', 'nightly'),
    bare: ref('Pod', 'bare'),
  };
}

function objects(namespace: string): readonly object[] {
  const auths = { [registry]: { auth: Buffer.from('nobody:wrong').toString('base64') } };
  const image = `${registry}/rights/web:1`;
  const pull = { imagePullSecrets: [{ name: 'pull' }] };
  const env = { envFrom: [{ configMapRef: { name: 'settings' } }] };
  return [
    object('v1', 'ConfigMap', namespace, 'settings', { data: { MODE: 'test' } }),
    object('v1', 'Secret', namespace, 'pull', {
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
    }),
    controlled('apps/v1', 'Deployment', namespace, 'web', { image: `${registry}/rights/private:1`, ...env }, pull),
    controlled('apps/v1', 'Deployment', namespace, 'crash', { image }),
    controlled('apps/v1', 'StatefulSet', namespace, 'db', { image }),
    controlled('apps/v1', 'DaemonSet', namespace, 'agent', { image }),
    object('batch/v1', 'Job', namespace, 'migrate', { spec: { template: template('migrate', { image }, restart) } }),
    object('batch/v1', 'CronJob', namespace, 'nightly', {
      spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: template('nightly', { image }, restart) } } },
    }),
    object('v1', 'Pod', namespace, 'bare', { spec: template('bare', { image }).spec }),
  ];
}

const restart = { restartPolicy: 'Never' };

function object(apiVersion: string, kind: string, namespace: string, name: string, rest: object): object {
  return { apiVersion, kind, metadata: { name, namespace }, ...rest };
}

function controlled(
  apiVersion: string,
  kind: string,
  namespace: string,
  name: string,
  container: object,
  pod = {},
): object {
  const selector = { matchLabels: { app: name } };
  return object(apiVersion, kind, namespace, name, { spec: { selector, template: template(name, container, pod) } });
}

function template(name: string, container: object, pod = {}) {
  return { metadata: { labels: { app: name } }, spec: { containers: [{ name, ...container }], ...pod } };
}
