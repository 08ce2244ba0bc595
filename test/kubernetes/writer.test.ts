import { describe } from 'vitest';
import { startCluster } from '../../src/sandbox/cluster/cluster.ts';
import { writerContract } from './writer-contract.ts';

// test/cluster/writer.test.ts holds a real API server to the same.
describe('writer of the simulated cluster', () => {
  writerContract(async () => {
    const { url, adminToken, stop } = await startCluster();
    return { url, token: adminToken, stop };
  });
});
