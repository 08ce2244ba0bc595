import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { KubernetesReader } from '../../../src/kubernetes/cluster-reader.ts';
import { records, text } from '../../../src/sandbox/cluster/objects/object.ts';
import { type Nodes, startNodes } from '../../support/nodes.ts';
import { type Client, createClient, pod, type ServerUnderTest } from './client.ts';
import { openReader } from './reader.ts';

const image = 'ghcr.io/acme/web:1';

/** `pods/log` through the API server to a kubelet, and what our own reader makes of it. */
export function logsContract(start: () => Promise<ServerUnderTest>): void {
  let server: ServerUnderTest;
  let api: Client;
  let nodes: Nodes;
  let reader: KubernetesReader;
  let namespace: string;

  beforeAll(async () => {
    server = await start();
    api = createClient(server);
    nodes = await startNodes(server);
    nodes.registries.change('ghcr.io', { push: { repository: 'acme/web', tags: ['1'] } });
    namespace = await api.namespace('logs-');
    reader = await openReader(server);
    const behave = (container: string, behaviour: object) =>
      fetch(`${nodes.control}/behaviours`, {
        method: 'POST',
        body: JSON.stringify({ match: { namespace, container }, behaviour }),
      });
    await behave('app', { logs: ['one', 'two', 'three'] });
    await behave('crash', { logs: ['it breaks'], exitCode: 1 });
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const two = {
      containers: [
        { name: 'app', image },
        { name: 'side', image },
      ],
    };
    for (const body of [
      pod('steady', image),
      { metadata: { name: 'two' }, spec: two },
      { metadata: { name: 'crashing' }, spec: { containers: [{ name: 'crash', image }] } },
      pod('failing', 'ghcr.io/acme/nothing:1'),
      pod('unscheduled', image, { nodeSelector: { nowhere: 'yes' } }),
    ]) {
      expect((await api.call('POST', path, { body })).code).toBe(201);
    }
    const reaches = (name: string, is: (status: object) => boolean) =>
      vi.waitFor(
        async () => {
          const { body } = await api.call('GET', `${path}/${name}`);
          expect(records(body, 'status', 'containerStatuses').map(is)).toContain(true);
        },
        { timeout: 20_000, interval: 50 },
      );
    await reaches('steady', (status) => text(status, 'state', 'running', 'startedAt') !== '');
    await reaches('two', (status) => text(status, 'state', 'running', 'startedAt') !== '');
    await reaches('crashing', (status) => text(status, 'state', 'waiting', 'reason') === 'CrashLoopBackOff');
    await reaches('failing', (status) => text(status, 'state', 'waiting', 'reason') === 'ImagePullBackOff');
  }, 60_000);

  afterAll(async () => {
    await reader?.close();
    await api?.removeNamespace(namespace);
    await nodes?.stop();
    await api?.close();
    await server?.stop();
  }, 60_000);

  const log = (rest: string) => api.call('GET', `/api/v1/namespaces/${namespace}/pods/${rest}`);

  describe('logs', () => {
    it.each([
      ['all', 'steady/log', 'one\ntwo\nthree\n'],
      ['the last lines', 'steady/log?tailLines=2', 'two\nthree\n'],
      ['the first bytes', 'steady/log?limitBytes=5', 'one\nt'],
      ['of one container of two', 'two/log?container=app&tailLines=1', 'three\n'],
      ['of the run before', 'crashing/log?previous=true', 'it breaks\n'],
    ])('%s', async (_what, path, expected) => {
      const answer = await log(path);
      expect([answer.code, answer.body['message']]).toEqual([200, expected]);
    });

    it('of a pod without a node are empty', async () => {
      expect((await log('unscheduled/log')).code).toBe(204);
    });

    it('can begin each line with its time', async () => {
      const { body } = await log('steady/log?timestamps=true&tailLines=1');
      expect(text(body, 'message')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z three\n$/);
    });

    it.each<[string, string, number, string | RegExp]>([
      [
        'a container that does not exist',
        'steady/log?container=none',
        400,
        'container none is not valid for pod steady',
      ],
      [
        'no container of two',
        'two/log',
        400,
        'a container name must be specified for pod two, choose one of: [app side]',
      ],
      [
        'a run before the first',
        'steady/log?previous=true',
        400,
        'previous terminated container "app" in pod "steady" not found',
      ],
      [
        'a container that waits for its image',
        'failing/log',
        400,
        // Which of the two depends on whether the kubelet is trying at this moment.
        /^container "app" in pod "failing" is waiting to start: (trying and failing to pull image|image can't be pulled)$/,
      ],
      ['a pod that does not exist', 'nobody/log', 404, 'pods "nobody" not found'],
    ])('are refused for %s', async (_what, path, code, message) => {
      const answer = await log(path);
      const expected = typeof message === 'string' ? message : expect.stringMatching(message);
      expect([answer.code, answer.body['message']]).toEqual([code, expected]);
    });

    it('are read by our reader, which reports that there is no log where there cannot be one', async () => {
      const read = (name: string, container: string, previous: boolean) =>
        reader.log({ namespace, pod: name, container, previous }, { signal: AbortSignal.timeout(10_000) });
      expect(await read('crashing', 'crash', true)).toEqual({
        kind: 'found',
        value: expect.stringMatching(/Z it breaks\n?$/),
      });
      expect(await read('steady', 'app', true)).toMatchObject({ kind: 'absent' });
      expect(await read('failing', 'app', false)).toMatchObject({ kind: 'absent' });
      expect(await read('unscheduled', 'app', false)).toEqual({ kind: 'found', value: '' });
      expect(await read('nobody', 'app', false)).toMatchObject({ kind: 'absent' });
    });
  });
}
