import { describe, expect, it } from 'vitest';
import { at, records, text } from '../../../src/sandbox/cluster/objects/object.ts';
import { pod } from './client.ts';
import type { ContractContext } from './contract-context.ts';

const merge = 'application/merge-patch+json';

/** Kinds that work differently: status subresources, Events, Secrets, Leases. */
export function kindsContract(context: ContractContext): void {
  const leases = (rest = '') => `/apis/coordination.k8s.io/v1/namespaces/${context.namespace()}/leases${rest}`;

  describe('status subresources', () => {
    it('accept the status and nothing else; the object itself accepts everything else', async () => {
      await context.api().call('POST', context.core('pods'), { body: pod('doors') });
      const path = context.core('pods/doors');
      const status = {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'app',
            image: 'nginx:1.27',
            imageID: '',
            ready: false,
            restartCount: 3,
            state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "nginx:1.27"' } },
          },
        ],
      };
      const both = { metadata: { labels: { a: 'b' } }, spec: { priority: 7 }, status };
      const written = await context.api().call('PATCH', `${path}/status`, { contentType: merge, body: both });
      expect(written.code).toBe(200);
      expect(records(written.body, 'status', 'containerStatuses')[0]).toMatchObject({
        restartCount: 3,
        state: { waiting: { reason: 'ImagePullBackOff' } },
      });
      expect(at(written.body, 'spec', 'priority')).toBe(0);
      const main = await context
        .api()
        .call('PATCH', path, { contentType: merge, body: { status: { phase: 'Failed' } } });
      expect([main.code, at(main.body, 'status', 'phase')]).toEqual([200, 'Running']);
      const read = await context.api().call('GET', `${path}/status`);
      expect([read.code, read.body.metadata.name]).toEqual([200, 'doors']);
    });

    it('also refuse an old version', async () => {
      await context.api().call('POST', context.core('pods'), { body: pod('doors-old') });
      const path = context.core('pods/doors-old/status');
      const read = async () => (await context.api().call('GET', path)).body;
      // The scheduler writes once, to say that there is no node.
      await expect.poll(async () => records(await read(), 'status', 'conditions').length, { timeout: 10_000 }).toBe(1);
      const body = await read();
      const put = async (reason: string) =>
        (await context.api().call('PUT', path, { body: { ...body, status: { phase: 'Pending', reason } } })).code;
      expect([await put('A'), await put('B')]).toEqual([200, 409]);
    });
  });

  describe('Events', () => {
    it('are created, counted, and found by the object they are about', async () => {
      const event = (name: string, about: string, reason: string, type: string) => ({
        metadata: { name },
        involvedObject: { kind: 'Pod', namespace: context.namespace(), name: about, uid: `uid-of-${about}` },
        reason,
        type,
        message: `something about ${about}`,
        count: 1,
        firstTimestamp: '2026-11-21T08:00:00Z',
        lastTimestamp: '2026-11-21T08:00:00Z',
        source: { component: 'kubelet', host: 'node-1' },
      });
      for (const [name, about, reason, type] of [
        ['event.1', 'web-1', 'Failed', 'Warning'],
        ['event.2', 'web-1', 'Pulling', 'Normal'],
        ['event.3', 'web-2', 'Failed', 'Warning'],
      ] as const) {
        const made = await context
          .api()
          .call('POST', context.core('events'), { body: event(name, about, reason, type) });
        expect(made.code).toBe(201);
      }
      const found = async (selector: string) => {
        const { body } = await context
          .api()
          .call('GET', context.core(`events?fieldSelector=${encodeURIComponent(selector)}`));
        return body.items?.map(({ metadata }) => metadata.name);
      };
      expect(await found('involvedObject.name=web-1')).toEqual(['event.1', 'event.2']);
      expect(await found('involvedObject.name=web-1,reason=Failed')).toEqual(['event.1']);
      expect(await found('involvedObject.uid=uid-of-web-2,type=Warning')).toEqual(['event.3']);
      const path = context.core('events/event.1');
      const counted = await context.api().call('PATCH', path, { contentType: merge, body: { count: 2 } });
      expect([counted.code, at(counted.body, 'count')]).toEqual([200, 2]);
    });

    it('are refused when they are about another namespace', async () => {
      const body = {
        metadata: { name: 'elsewhere' },
        involvedObject: { kind: 'Pod', namespace: 'default', name: 'x' },
      };
      expect((await context.api().call('POST', context.core('events'), { body })).code).toBe(422);
    });
  });

  describe('Secrets', () => {
    it('keep their type, and also their content if they are immutable', async () => {
      const auths = { auths: { 'ghcr.io': { username: 'ana', password: 'pretended' } } };
      const data = { '.dockerconfigjson': Buffer.from(JSON.stringify(auths)).toString('base64') };
      const made = await context.api().call('POST', context.core('secrets'), {
        body: { metadata: { name: 'pull' }, type: 'kubernetes.io/dockerconfigjson', data, immutable: true },
      });
      expect([made.code, made.body['data']]).toEqual([201, data]);
      const path = context.core('secrets/pull');
      for (const body of [{ type: 'Opaque' }, { data: { more: 'bW9yZQ==' } }, { immutable: false }]) {
        const refused = await context.api().call('PATCH', path, { contentType: merge, body });
        expect([JSON.stringify(body), refused.code]).toEqual([JSON.stringify(body), 422]);
      }
    });

    it('refuse values that are not base64, and keys that are not file names', async () => {
      const make = async (data: object) =>
        (await context.api().call('POST', context.core('secrets'), { body: { metadata: { name: 'bad' }, data } })).code;
      expect([await make({ a: 'no base64!' }), await make({ 'a/b': '' })]).toEqual([400, 422]);
    });
  });

  describe('Leases', () => {
    it('are acquired by the client that saw the latest version', async () => {
      const lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'watcher' },
        spec: { holderIdentity: 'one', leaseDurationSeconds: 15, renewTime: '2026-11-21T08:00:00.123456Z' },
      };
      const { code, body } = await context.api().call('POST', leases(), { body: lease });
      expect([code, text(body, 'spec', 'renewTime')]).toEqual([201, '2026-11-21T08:00:00.123456Z']);
      const taken = (holder: string) => ({ ...body, spec: { ...lease.spec, holderIdentity: holder } });
      const answers = await Promise.all(
        ['two', 'three', 'four'].map((holder) =>
          context.api().call('PUT', leases('/watcher'), { body: taken(holder) }),
        ),
      );
      expect(answers.map(({ code }) => code).toSorted((left, right) => left - right)).toEqual([200, 409, 409]);
      const winner = answers.find(({ code }) => code === 200);
      const { body: now } = await context.api().call('GET', leases('/watcher'));
      expect(text(now, 'spec', 'holderIdentity')).toBe(text(winner?.body, 'spec', 'holderIdentity'));
    });
  });
}
