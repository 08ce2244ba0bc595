import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

async function rbac(args: readonly string[]): Promise<{ code: unknown; out: string; err: string }> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nowhere' };
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), 'rbac', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, err };
}

// What it prints is tested in test/kubernetes/rbac.test.ts, and on a real API server in test/cluster/rights.test.ts.
describe('imagecheck rbac', () => {
  test.each([
    ['no namespace', [], /Say which namespaces\.\nType: imagecheck rbac --namespaces NAMESPACE\[,NAMESPACE\]/],
    ['only commas', ['--namespaces', ' , '], /Say which namespaces/],
    ['a name that is none', ['--namespaces', 'prod,Bad_Name'], /Bad_Name/],
    ['a word too many', ['prod', '--namespaces', 'prod'], /prod/],
    [
      'no account',
      ['--namespaces', 'prod', '--service-account', 'worker'],
      /worker.*\nType: --service-account NAMESPACE\/NAME/,
    ],
    ['no cluster', ['--namespaces', 'prod', '--kubeconfig', '/nowhere/kubeconfig'], /\/nowhere\/kubeconfig/],
  ])('%s is a mistake that says what to type', async (_, args, message) => {
    const { code, out, err } = await rbac(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });
});
