import { describe } from 'vitest';
import { startCluster } from '../../../src/sandbox/cluster/cluster.ts';
import { apiContract } from './api-contract.ts';

describe('simulated API server over HTTP', () => {
  apiContract(async () => {
    const { url, adminToken, stop } = await startCluster({ bookmarkEveryMs: 1000 });
    return { url, token: adminToken, stop };
  });
});

describe('simulated API server over HTTPS', () => {
  apiContract(async () => {
    const { httpsUrl, adminToken, caPem, stop } = await startCluster({ bookmarkEveryMs: 1000 });
    return { url: httpsUrl, token: adminToken, caPem, stop };
  });
});
