import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { clusterIdOf } from '../../src/config/clusters.ts';
import { ConfigError, sandboxEnvironment } from '../../src/config.ts';
import { readConfig } from '../../src/wire/configuration.ts';

const directory = mkdtempSync(join(tmpdir(), 'imagecheck-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

describe('the file', () => {
  const file = write('a.yaml', 'redis: {keyPrefix: from-a}');

  it('is the one that the option names, before IMAGECHECK_CONFIG', () => {
    const other = write('b.yaml', 'redis: {keyPrefix: from-b}');
    expect(readConfig({ file, env: { IMAGECHECK_CONFIG: other } })).toMatchObject({
      file,
      redis: { keyPrefix: 'from-a' },
    });
    expect(readConfig({ env: { IMAGECHECK_CONFIG: other } })).toMatchObject({
      file: other,
      redis: { keyPrefix: 'from-b' },
    });
  });

  it('must exist when it is named', () => {
    const missing = join(directory, 'missing.yaml');
    expect(() => readConfig({ file: missing, env: {} })).toThrow(ConfigError);
    expect(() => readConfig({ env: { IMAGECHECK_CONFIG: missing } })).toThrow(/missing\.yaml: the file cannot be read/);
    expect(() => readConfig({ file: directory, env: {} })).toThrow(ConfigError);
  });

  it('is what relative paths are relative to', () => {
    const text = 'clusters: [{id: a, kubeconfig: kube/config}]';
    const [cluster] = readConfig({ file: write('c.yaml', text), env: {} }).clusters;
    expect(cluster?.access).toEqual({ type: 'kubeconfig', files: [join(directory, 'kube/config')] });
  });
});

describe('without clusters in the file', () => {
  const empty = write('empty.yaml', '');
  const kubeconfig = write(
    'kubeconfig',
    'apiVersion: v1\ncurrent-context: arn:aws:eks:eu-west-1:123456789012:cluster/Dev_1\n',
  );
  const other = write('other', 'apiVersion: v1\n');

  it("takes the kubeconfig's current context", () => {
    const both = [other, join(directory, 'none'), kubeconfig].join(delimiter);
    expect(readConfig({ file: empty, env: { KUBECONFIG: both } }).clusters).toEqual([
      {
        id: 'dev-1',
        access: {
          type: 'kubeconfig',
          files: [other, kubeconfig],
          context: 'arn:aws:eks:eu-west-1:123456789012:cluster/Dev_1',
        },
      },
    ]);
  });

  it.each([
    ['is missing', join(directory, 'none')],
    ['names no context', other],
    ['isn’t a YAML map', write('list', '- a\n')],
    ['is broken', write('broken', 'a: [')],
  ])('has none when the kubeconfig %s', (_, file) => {
    expect(readConfig({ file: empty, env: { KUBECONFIG: file } }).clusters).toEqual([]);
  });
});

it.each([
  ['minikube', 'minikube'],
  ['kind-Dev', 'kind-dev'],
  ['arn:aws:eks:eu-west-1:1:cluster/prod', 'prod'],
  ['gke_acme_europe-west1_shop', 'gke-acme-europe-west1-shop'],
  ['admin@prod.example.com', 'admin-prod-example-com'],
  [`${'a'.repeat(62)}.b`, 'a'.repeat(62)],
  ['___', 'current'],
  ['集群', 'current'],
])('the context %s gives the id %s', (context, id) => {
  expect(clusterIdOf(context)).toBe(id);
});

it('reads what the sandbox needs', () => {
  expect(sandboxEnvironment({})).toEqual({ redisServer: 'redis-server' });
  expect(sandboxEnvironment({ REDIS_URL: 'redis://x', IMAGECHECK_REDIS_SERVER: '/opt/r' })).toEqual({
    redisUrl: 'redis://x',
    redisServer: '/opt/r',
  });
});
