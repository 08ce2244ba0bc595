import { describe, inject } from 'vitest';
import { logsContract } from '../sandbox/cluster/contract-logs.ts';

// test/sandbox/cluster/logs-contract.test.ts holds the simulated cluster to the same.
describe('real cluster with simulated kubelets', () => {
  const cluster = inject('cluster');
  logsContract(() => Promise.resolve({ ...cluster, stop: () => Promise.resolve() }));
});
