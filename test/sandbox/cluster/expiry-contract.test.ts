import { describe } from 'vitest';
import { startCluster } from '../../../src/sandbox/cluster/cluster.ts';
import { expiryContract } from './contract-expiry.ts';

describe('simulated API server that loses its history', () => {
  expiryContract(async () => {
    const { url, adminToken, faults, stop } = await startCluster();
    const forget = () => Promise.resolve(faults.expireRevisions());
    return { url, token: adminToken, forget, stop };
  });
});
