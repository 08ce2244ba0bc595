import { describe, inject } from 'vitest';
import { apiContract } from '../sandbox/cluster/api-contract.ts';

// test/sandbox/cluster/api-contract.test.ts holds the simulated API server to the same.
describe('real API server', () => {
  const { url, token, caPem } = inject('cluster');
  apiContract(() => Promise.resolve({ url, token, caPem, stop: () => Promise.resolve() }));
});
