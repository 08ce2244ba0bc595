import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { inClusterAccess } from '../../../src/kubernetes/connection/in-cluster.ts';
import { parseKubeconfig, readKubeconfig } from '../../../src/kubernetes/connection/kubeconfig.ts';
import { temporaryFolder } from '../../support/kubernetes-reader.ts';

const two = `
apiVersion: v1
kind: Config
current-context: dev
contexts:
- name: dev
  context: {cluster: dev, user: ana}
- name: prod
  context: {cluster: prod, user: ben, namespace: web}
- name: nobody
  context: {cluster: prod}
- name: dangling
  context: {cluster: gone, user: ana}
- name: stranger
  context: {cluster: dev, user: gone}
- name: broken
  context: {cluster: broken, user: ana}
clusters:
- name: dev
  cluster: {server: "https://dev.test:6443/", certificate-authority: ca.crt, tls-server-name: api}
- name: prod
  cluster: {server: "https://rancher.test/k8s/clusters/c-1", insecure-skip-tls-verify: true, proxy-url: "http://p:1"}
- name: broken
  cluster: {server: 7}
users:
- name: ana
  user: {tokenFile: token, token: tok-in-file}
- name: ben
  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, args: [eks], env: null, interactiveMode: Never}}
`;

async function write(content: string, name = 'config'): Promise<{ path: string; folder: string }> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, name), content);
  return { path: join(folder, name), folder };
}

describe('contexts', () => {
  test('the current one, with paths relative to the file', async () => {
    const { path, folder } = await write(two);
    expect(await readKubeconfig(path, undefined)).toEqual({
      server: 'https://dev.test:6443',
      ca: { kind: 'file', path: join(folder, 'ca.crt') },
      skipTlsVerify: false,
      tlsServerName: 'api',
      proof: { kind: 'token-file', path: join(folder, 'token') },
    });
  });

  test('another one; a server may have a path', async () => {
    const { path } = await write(two);
    const access = await readKubeconfig(path, 'prod');
    expect(access).toMatchObject({ server: 'https://rancher.test/k8s/clusters/c-1', skipTlsVerify: true });
    expect(access.proxyUrl?.reveal()).toBe('http://p:1');
    expect(access.proof).toMatchObject({
      kind: 'exec',
      user: { name: 'ben', exec: { command: 'aws', args: ['eks'] } },
    });
    expect(await readKubeconfig(path, 'nobody')).toMatchObject({ proof: { kind: 'anonymous' } });
  });

  const mistakes = [
    { context: 'none', message: 'has no context "none"' },
    { context: 'dangling', message: 'the cluster "gone", which is not defined' },
    { context: 'stranger', message: 'the user "gone", which is not defined' },
    { context: 'broken', message: 'cluster "broken" in' },
  ];
  test.each(mistakes)('$context: $message', async ({ context, message }) => {
    const { path } = await write(two);
    await expect(readKubeconfig(path, context)).rejects.toThrow(UserError);
    await expect(readKubeconfig(path, context)).rejects.toThrow(message);
  });

  test('several files: the first that defines a name wins, missing ones are skipped', async () => {
    const { path, folder } = await write(two);
    const other = join(folder, 'sub', 'other');
    await mkdir(join(folder, 'sub'));
    const users = [{ name: 'ana', user: { tokenFile: 'mine' } }];
    await writeFile(other, JSON.stringify({ users, 'current-context': '' }));
    const access = await readKubeconfig([join(folder, 'missing'), other, path].join(delimiter), undefined);
    expect(access).toMatchObject({
      server: 'https://dev.test:6443',
      proof: { kind: 'token-file', path: join(folder, 'sub', 'mine') },
    });
    await expect(readKubeconfig(join(folder, 'missing'), undefined)).rejects.toMatchObject({
      message: expect.stringMatching(/^cannot read the kubeconfig .*missing: there is no such file$/),
      remedy: expect.stringContaining('--kubeconfig'),
    });
  });

  test('a server that is no address', async () => {
    const { path } = await write(two.replace('https://dev.test:6443/', 'dev.test:6443'));
    await expect(readKubeconfig(path, 'dev')).rejects.toThrow('not an http(s) URL');
  });
});

test('a mistake in the YAML names the line and quotes nothing', () => {
  const content = 'users:\n- name: a\n  user: {token: s3cret\n- x: "s3cret';
  let message = '';
  try {
    parseKubeconfig(content, 'config');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    ({ message } = error);
  }
  expect(message).toMatch(/line \d/);
  expect(message).not.toContain('s3cret');
});

test('no content makes it throw anything but a UserError', () => {
  const yaml = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom('a: &a [*a]', '&a [*b]', '- - {', '\0', '%YAML 9.9\n---\n'),
  );
  fc.assert(
    fc.property(yaml, (content) => {
      try {
        parseKubeconfig(content, 'config');
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }),
  );
});

test('any JSON as a kubeconfig gives access or a UserError', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'config');
  const named = (field: string) =>
    fc.array(
      fc.record({
        name: fc.constantFrom('a', 'b'),
        [field]: fc.oneof(fc.jsonValue(), fc.constant({ server: 'http://x', cluster: 'a', user: 'a' })),
      }),
    );
  const config = fc.record(
    {
      'current-context': fc.constant('a'),
      contexts: named('context'),
      clusters: named('cluster'),
      users: named('user'),
    },
    { requiredKeys: ['contexts'] },
  );
  await fc.assert(
    fc.asyncProperty(config, async (value) => {
      await writeFile(path, JSON.stringify(value));
      const outcome = await readKubeconfig(path, undefined).catch((error: unknown) => error);
      expect(
        outcome instanceof UserError || (typeof outcome === 'object' && outcome !== null && 'proof' in outcome),
      ).toBe(true);
    }),
    { numRuns: 60 },
  );
});

const inside = [
  { given: {}, server: 'https://kubernetes.default.svc' },
  { given: { host: '10.96.0.1', port: '443' }, server: 'https://10.96.0.1:443' },
  { given: { host: 'fd00::1', port: '6443' }, server: 'https://[fd00::1]:6443' },
];
test.each(inside)('in the cluster: $server', ({ given, server }) => {
  const access = inClusterAccess(given);
  expect(access.server).toBe(server);
  const mount = '/var/run/secrets/kubernetes.io/serviceaccount';
  expect(access.proof).toEqual({ kind: 'token-file', path: join(mount, 'token') });
  expect(access.ca).toEqual({ kind: 'file', path: join(mount, 'ca.crt') });
});
