import { request } from 'undici';
import { describe, inject } from 'vitest';
import { createClient } from '../sandbox/cluster/client.ts';
import { expiryContract, type ForgetfulServer } from '../sandbox/cluster/contract-expiry.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';

const { binaries } = inject('cluster');

// Servers of their own, because they lose their past. Compaction alone is not enough: the watch cache still answers.
describe.skipIf(binaries === undefined)('real API server that forgets', () => {
  describe('by a restart, which empties its watch cache', () => {
    expiryContract(async () => {
      const plane = await start([]);
      return { ...serverOf(plane), keepsPages: true, forget: () => plane.restartApiServer() };
    });
  });

  describe('by a compaction of etcd, without a watch cache', () => {
    expiryContract(async () => {
      const plane = await start(['--watch-cache=false']);
      return { ...serverOf(plane), forget: () => compact(plane) };
    });
  });
});

function start(apiServerFlags: readonly string[]): Promise<ControlPlane> {
  return startControlPlane({ binaries: binaries ?? {}, controllers: false, apiServerFlags });
}

function serverOf({ url, adminToken, caPem, stop }: ControlPlane): Omit<ForgetfulServer, 'forget'> {
  return { url, token: adminToken, caPem, stop };
}

/** Over etcd's own HTTP gateway, at the revision of a fresh list. */
async function compact(plane: ControlPlane): Promise<void> {
  const api = createClient(serverOf(plane));
  const { body } = await api.call('GET', '/api/v1/namespaces/default/configmaps');
  await api.close();
  const answer = await request(`${plane.etcd}/v3/kv/compaction`, {
    method: 'POST',
    body: JSON.stringify({ revision: body.metadata.resourceVersion, physical: true }),
  });
  if (answer.statusCode !== 200) throw new Error(`compaction: ${answer.statusCode} ${await answer.body.text()}`);
  await answer.body.dump();
}
