import { describe } from 'vitest';
import { startCluster } from '../../../src/sandbox/cluster/cluster.ts';
import { logsContract } from './contract-logs.ts';

describe('simulated cluster with simulated kubelets', () => {
  logsContract(async () => {
    const { httpsUrl, adminToken, caPem, stop } = await startCluster();
    return { url: httpsUrl, token: adminToken, caPem, stop };
  });
});
