import { afterAll, beforeAll } from 'vitest';
import type { KubernetesReader } from '../../src/kubernetes/cluster-reader.ts';
import { namespaceRules, type PolicyRule, remediationRules } from '../../src/kubernetes/rights/worker-rights.ts';
import type { ObjectRef, Operation, TemplateEdit } from '../../src/model/change/operation.ts';
import { Secret } from '../../src/model/values/secret.ts';
import type { Workload, WorkloadKind } from '../../src/model/workload/workload.ts';
import type { EditTemplate } from '../../src/operations/edit-template.ts';
import { applyOperation } from '../../src/operations/index.ts';
import type { Applied, Applying } from '../../src/ports/changes.ts';
import type { Lookup } from '../../src/ports/cluster.ts';
import type { HeldCredential } from '../../src/ports/keychain.ts';
import type { Fields, KubeObject } from '../../src/sandbox/cluster/objects/object.ts';
import { type Client, createClient, type ServerUnderTest } from '../sandbox/cluster/client.ts';
import { openReader } from '../sandbox/cluster/reader.ts';
import { type FaultyForwarder, startFaultyForwarder } from '../support/faulty-forwarder.ts';
import { heldCredential } from '../support/in-memory.ts';

/** A namespace of a cluster, with a writer whose way there can be spoiled. */
export interface WriterWorld {
  api: Client;
  namespace: string;
  reader: KubernetesReader;
  faults: FaultyForwarder;
  /** Reads an object by its collection and name. */
  get(path: string): Promise<Fields & KubeObject>;
  create(path: string, body: object): Promise<KubeObject>;
  patch(path: string, body: unknown): Promise<void>;
  apply(operation: Operation, how?: Partial<Applying> & { readonly approval?: string }): Promise<Applied>;
  workload(kind: WorkloadKind, name: string): Promise<Workload>;
  /** A writer with these rights in the namespace, and no others. */
  withRights(name: string, rules: readonly PolicyRule[]): Promise<KubernetesReader>;
}

/** Exactly what the reading rights and those of all families add up to. */
const everyRule = [...namespaceRules, ...Object.values(remediationRules).flat()];

export const password = 'correct-horse-battery-staple';

/** Starts a cluster before the tests of this block, and leaves it after them. */
export function writerWorld(start: () => Promise<ServerUnderTest>): WriterWorld {
  const world = {} as WriterWorld;
  let server: ServerUnderTest;
  let readers: readonly KubernetesReader[] = [];
  beforeAll(async () => {
    server = await start();
    const faults = await startFaultyForwarder(server);
    const api = createClient(server);
    const namespace = await api.namespace('writer-');
    const opened: KubernetesReader[] = [];
    const withRights = async (name: string, rules: readonly PolicyRule[]): Promise<KubernetesReader> => {
      const account = await accountWith(api, namespace, name, rules);
      const reader = await openReader({ ...faults.server, token: account });
      opened.push(reader);
      return reader;
    };
    readers = opened;
    const reader = await withRights('worker', everyRule);
    const full = (path: string) => path.replace('NS', `namespaces/${namespace}`);
    const ok = async (...call: Parameters<Client['call']>): Promise<Fields & KubeObject> => {
      const { code, body } = await api.call(...call);
      if (code > 299) throw new Error(`${call[0]} ${call[1]}: ${code} ${JSON.stringify(body).slice(0, 500)}`);
      return body as Fields & KubeObject;
    };
    Object.assign(world, {
      api,
      namespace,
      reader,
      faults,
      withRights,
      get: (path) => ok('GET', full(path)),
      create: (path, body) => ok('POST', full(path), { body }),
      patch: async (path, body) => {
        await ok('PATCH', full(path), { body, contentType: 'application/merge-patch+json', manager: 'kubectl-edit' });
      },
      apply: (operation, { approval = 'AAAA1111', ...how } = {}) =>
        applyOperation(operation, reader, {
          signal: AbortSignal.timeout(20_000),
          dryRun: false,
          mark: { approval, changeCause: `imagecheck ${approval}` },
          keychain: {
            credentialOf: async (registry) => (registry === 'ghcr' ? robot(password) : { kind: 'absent' }),
          },
          ...how,
        }),
      workload: async (kind, name) => {
        const found = await reader.workload({ kind, namespace, name }, { signal: AbortSignal.timeout(20_000) });
        if (found.kind !== 'found') throw new Error(`${kind}/${name} is ${JSON.stringify(found)}`);
        return found.value;
      },
    } satisfies WriterWorld);
  });
  afterAll(async () => {
    await Promise.all(readers.map((reader) => reader.close()));
    await world.api?.removeNamespace(world.namespace);
    await world.api?.close();
    await world.faults?.server.stop();
    await server?.stop();
  });
  return world;
}

/** The token of a new service account with these rights in the namespace. */
async function accountWith(
  api: Client,
  namespace: string,
  name: string,
  rules: readonly PolicyRule[],
): Promise<string> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await api.call('POST', accounts, { body: { metadata: { name } } });
  await api.call('POST', `${rbac}/roles`, { body: { metadata: { name }, rules } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  const subjects = [{ kind: 'ServiceAccount', namespace, name }];
  await api.call('POST', `${rbac}/rolebindings`, { body: { metadata: { name }, roleRef, subjects } });
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const { body: answer } = await api.call('POST', `${accounts}/${name}/token`, { body });
  return (answer['status'] as { token: string }).token;
}

/** The template that all kinds of a test share. */
export function template(name: string): Fields {
  return {
    metadata: { labels: { app: name } },
    spec: {
      initContainers: [{ name: 'setup', image: 'ghcr.io/acme/setup:1' }],
      containers: [
        { name: 'app', image: 'ghcr.io/acme/web:1', env: [{ name: 'DB_PASSWORD', value: 'hunter2-in-plain' }] },
        { name: 'proxy', image: 'ghcr.io/acme/proxy:1' },
      ],
    },
  };
}

/** Collection and body of a workload of each kind. */
export function bodyOf(kind: WorkloadKind, name: string): readonly [collection: string, body: Fields] {
  const selector = { matchLabels: { app: name } };
  const metadata = { name };
  switch (kind) {
    case 'Deployment':
      return ['/apis/apps/v1/NS/deployments', { metadata, spec: { replicas: 2, selector, template: template(name) } }];
    case 'StatefulSet': {
      const spec = { replicas: 2, serviceName: name, selector, template: template(name) };
      return ['/apis/apps/v1/NS/statefulsets', { metadata, spec }];
    }
    case 'DaemonSet':
      return ['/apis/apps/v1/NS/daemonsets', { metadata, spec: { selector, template: template(name) } }];
    case 'Job':
    case 'CronJob': {
      const inner = template(name)['spec'] as Fields;
      const job = { template: { spec: { ...inner, restartPolicy: 'Never' } } };
      if (kind === 'Job') return ['/apis/batch/v1/NS/jobs', { metadata, spec: job }];
      return ['/apis/batch/v1/NS/cronjobs', { metadata, spec: { schedule: '0 3 * * *', jobTemplate: { spec: job } } }];
    }
    case 'Pod':
      return ['/api/v1/NS/pods', { metadata: { name, labels: { app: name } }, spec: template(name)['spec'] }];
    default:
      return kind satisfies never;
  }
}

export function setImage(container: string, from: string, to: string, type: 'main' | 'init' = 'main'): TemplateEdit {
  return { field: 'image', container: { type, name: container }, from, to };
}

export function editOf(
  target: Pick<ObjectRef, 'namespace' | 'name' | 'uid'> & { readonly kind: WorkloadKind },
  ...edits: readonly TemplateEdit[]
): EditTemplate {
  return { type: 'edit-template', target, edits: [...edits] };
}

export const web = 'ghcr.io/acme/web:1';
export const pinned = `ghcr.io/acme/web@sha256:${'a'.repeat(64)}`;
export const restart: TemplateEdit = { field: 'restartedAt', to: '2026-11-21T12:00:00Z' };

/** Creates a workload, and says how it is named as a target and read back. */
export async function made(world: WriterWorld, kind: WorkloadKind, name: string) {
  const [collection, body] = bodyOf(kind, name);
  const { metadata } = await world.create(collection, body);
  const target = { kind, namespace: world.namespace, name, uid: metadata.uid };
  return { target, path: `${collection}/${name}` };
}

function robot(word: string): Lookup<HeldCredential> {
  return { kind: 'found', value: heldCredential({ username: 'robot', password: new Secret(word) }) };
}

/** As a caller of its own would ask. */
export const how = (dryRun: boolean): Applying => ({
  signal: AbortSignal.timeout(10_000),
  dryRun,
  mark: { approval: 'AAAA1111', changeCause: 'x' },
  keychain: { credentialOf: async () => robot('x') },
});
