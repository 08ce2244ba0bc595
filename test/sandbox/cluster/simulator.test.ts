import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SandboxCluster, startCluster } from '../../../src/sandbox/cluster/cluster.ts';
import { at, records, text } from '../../../src/sandbox/cluster/objects/object.ts';
import { type Client, createClient, deployment, eventually, pod } from './client.ts';

describe('controls that only the simulated cluster has', () => {
  let cluster: SandboxCluster;
  let api: Client;
  let ns: string;
  beforeAll(async () => {
    cluster = await startCluster({
      bookmarkEveryMs: 20,
      tokens: { 'viewer-token': { user: 'vera', groups: ['viewers'] } },
    });
    api = createClient({ url: cluster.url, token: cluster.adminToken, stop: cluster.stop });
    ns = await api.namespace();
  });
  afterAll(async () => {
    await api.close();
    await cluster.stop();
  });
  const core = (rest: string) => `/api/v1/namespaces/${ns}/${rest}`;

  it('expires revisions: 410 inside a watch that was accepted, and 410 for a continue token', async () => {
    for (const name of ['e1', 'e2']) await api.call('POST', core('configmaps'), { body: { metadata: { name } } });
    const { body } = await api.call('GET', core('configmaps?limit=1'));
    await api.call('POST', core('configmaps'), { body: { metadata: { name: 'e3' } } });
    cluster.faults.expireRevisions();
    const watch = await api.watch(core(`configmaps?watch=true&resourceVersion=${body.metadata.resourceVersion}`));
    await eventually(() => watch.events).toEqual([
      { type: 'ERROR', object: expect.objectContaining({ kind: 'Status', code: 410, reason: 'Expired' }) },
    ]);
    await eventually(() => watch.ended()).toBe(true);
    const next = await api.call('GET', core(`configmaps?limit=1&continue=${text(body, 'metadata', 'continue')}`));
    expect([next.code, next.body['reason']]).toEqual([410, 'Expired']);
  });

  it('sends bookmarks with the latest revision to watches that allow them', async () => {
    const { body } = await api.call('POST', core('configmaps'), { body: { metadata: { name: 'marks' } } });
    const watch = await api.watch(
      core(`pods?watch=true&allowWatchBookmarks=true&resourceVersion=${body.metadata.resourceVersion}`),
    );
    await eventually(() => watch.events.length).toBeGreaterThan(0);
    watch.stop();
    expect(watch.events[0]).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'Pod', metadata: { resourceVersion: expect.stringMatching(/^\d+$/) } },
    });
  });

  it('fails as many requests as it was told to, then recovers', async () => {
    cluster.faults.set({ status: 503, times: 2, path: '/configmaps' });
    const codes: number[] = [];
    for (let index = 0; index < 3; index += 1) codes.push((await api.call('GET', core('configmaps'))).code);
    expect(codes).toEqual([503, 503, 200]);
    cluster.faults.set({ disconnect: true });
    await expect(api.call('GET', core('pods'))).rejects.toThrow();
    cluster.faults.set({ delayMs: 60 });
    const started = performance.now();
    await api.call('GET', core('pods'));
    expect(performance.now() - started).toBeGreaterThan(55);
    cluster.faults.set(undefined);
    expect((await api.call('GET', core('pods'))).code).toBe(200);
  });

  it('authenticates extra tokens, and users that an administrator impersonates', async () => {
    const refused = await api.call('GET', core('pods'), { token: 'viewer-token' });
    expect(refused.body['message']).toContain('User "vera" cannot list');
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
    const subjects = [{ kind: 'Group', name: 'viewers', apiGroup: 'rbac.authorization.k8s.io' }];
    await api.call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      body: { metadata: { name: 'viewers' }, roleRef, subjects },
    });
    expect((await api.call('GET', core('pods'), { token: 'viewer-token' })).code).toBe(200);
    expect((await api.call('GET', core('secrets'), { token: 'viewer-token' })).code).toBe(403);
  });

  it('refuses tokens of deleted accounts', async () => {
    await api.call('POST', core('serviceaccounts'), { body: { metadata: { name: 'gone' } } });
    const { body } = await api.call('POST', core('serviceaccounts/gone/token'), { body: { spec: {} } });
    const token = text(body, 'status', 'token');
    expect((await api.call('GET', core('pods'), { token })).code).toBe(403);
    await api.call('DELETE', core('serviceaccounts/gone'));
    expect((await api.call('GET', core('pods'), { token })).code).toBe(401);
  });

  it('provides a kubeconfig with the HTTPS address, the authority and a token', async () => {
    expect(cluster.kubeconfig).toContain(`server: ${cluster.httpsUrl}`);
    const https = createClient({
      url: cluster.httpsUrl,
      token: cluster.adminToken,
      caPem: cluster.caPem,
      stop: cluster.stop,
    });
    expect((await https.call('GET', '/version')).body['gitVersion']).toMatch(/^v1\.\d+\.\d+$/);
    await https.close();
    const untrusting = createClient({ url: cluster.httpsUrl, token: cluster.adminToken, stop: cluster.stop });
    await expect(untrusting.call('GET', '/version')).rejects.toThrow(/certificate/);
    await untrusting.close();
  });

  it('lists its types, including custom ones', async () => {
    const { body: apis } = await api.call('GET', '/apis');
    expect(records(apis, 'groups').map(({ name }) => name)).toContain('apps');
    const { body: list } = await api.call('GET', '/apis/apps/v1');
    expect(records(list, 'resources').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['deployments', 'deployments/status', 'replicasets']),
    );
    const { body: openApi } = await api.call('GET', '/openapi/v3/apis/apps/v1');
    expect(JSON.stringify(openApi)).toContain('fieldValidation');
  });

  it('says why no node can run a pod', async () => {
    const node = (name: string, arch: string, taints: object[] = []) =>
      api.call('POST', '/api/v1/nodes', {
        body: { metadata: { name, labels: { 'kubernetes.io/arch': arch } }, spec: { taints } },
      });
    await api.call('POST', core('pods'), {
      body: pod('waits', 'nginx:1', { nodeSelector: { 'kubernetes.io/arch': 'arm64' } }),
    });
    const message = async () => {
      const { body } = await api.call('GET', core('pods/waits'));
      return records(body, 'status', 'conditions').find(({ type }) => type === 'PodScheduled')?.['message'];
    };
    await eventually(message).toBe('no nodes available to schedule pods');
    await node('amd', 'amd64');
    await node('tainted', 'arm64', [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }]);
    await eventually(message).toBe(
      "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint {gpu: yes}. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
    await node('arm', 'arm64');
    await eventually(async () => at((await api.call('GET', core('pods/waits'))).body, 'spec', 'nodeName')).toBe('arm');
    const { body } = await api.call('GET', core('events?fieldSelector=involvedObject.name%3Dwaits'));
    expect(body.items?.map((event) => event['reason'])).toEqual(
      expect.arrayContaining(['FailedScheduling', 'Scheduled']),
    );
  });

  it('deletes a namespace and everything in it', async () => {
    const doomed = await api.namespace('doomed-');
    await api.call('POST', `/apis/apps/v1/namespaces/${doomed}/deployments`, { body: deployment('web', 'nginx', 0) });
    await api.call('DELETE', `/api/v1/namespaces/${doomed}`);
    const late = await api.call('POST', `/api/v1/namespaces/${doomed}/configmaps`, {
      body: { metadata: { name: 'late' } },
    });
    expect([403, 404]).toContain(late.code);
    await eventually(async () => (await api.call('GET', `/api/v1/namespaces/${doomed}`)).code).toBe(404);
    expect((await api.call('GET', `/apis/apps/v1/namespaces/${doomed}/deployments`)).body.items).toEqual([]);
  });

  it('lists ten thousand pods in pages without delaying other requests', { timeout: 60_000 }, async () => {
    const crowd = await api.namespace('crowd-');
    const names = Array.from({ length: 10_000 }, (_, index) => `p${String(index).padStart(5, '0')}`);
    const create = (name: string) =>
      api.call('POST', `/api/v1/namespaces/${crowd}/pods`, { body: pod(name, 'nginx:1', { schedulerName: 'none' }) });
    for (let start = 0; start < names.length; start += 100)
      await Promise.all(names.slice(start, start + 100).map(create));
    const seen: string[] = [];
    let token = '';
    let slowest = 0;
    do {
      const started = performance.now();
      const { body } = await api.call(
        'GET',
        `/api/v1/namespaces/${crowd}/pods?limit=500${token === '' ? '' : `&continue=${token}`}`,
      );
      slowest = Math.max(slowest, performance.now() - started);
      seen.push(...(body.items ?? []).map(({ metadata }) => metadata.name));
      token = text(body, 'metadata', 'continue');
    } while (token !== '');
    expect(seen).toEqual(names);
    expect(slowest).toBeLessThan(1000);
  });
});
