import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../../errors.ts';
import { type Fields, fields, type KubeObject, number, records, text, timestamp } from '../cluster/objects/object.ts';
import type { ApiAnswer, ApiClient } from '../kubelet/api-client.ts';

/** What stories do with the Kubernetes API; any API server will do. */
export interface Kubernetes {
  /** Creates objects, one after the other; existing objects stay unchanged. */
  create(...objects: readonly KubeDraft[]): Promise<void>;
  /** `kubectl rollout restart`: sets the same annotation in the pod template. */
  restart(deployment: { readonly namespace: string; readonly name: string }, at: Date): Promise<void>;
  /** The pods of a namespace with this label `app`. */
  pods(namespace: string, app: string): Promise<readonly KubeObject[]>;
  /** Waits until the pods of an `app` are as wanted, and returns them. Throws a `UserError` after a minute. */
  until(
    namespace: string,
    app: string,
    what: string,
    isSo: (pods: readonly KubeObject[]) => boolean,
  ): Promise<readonly KubeObject[]>;
  /**
   * Waits until all pods of an `app` back off from pulling an image and the events that say why are there: a kubelet
   * writes them after the status, and what is said of other workloads comes from events.
   */
  untilPullFails(namespace: string, app: string): Promise<void>;
  /** Waits until all pods of an `app` are being created and have an event with this reason, such as `Pulling`. */
  untilToldOf(namespace: string, app: string, reason: string): Promise<void>;
  /** Waits for the next second: Kubernetes stores times without fractions, and their order matters. */
  nextSecond(): Promise<void>;
  /** Deletes a namespace and its contents, and waits until it is gone. */
  deleteNamespace(name: string): Promise<void>;
}

/** An object to create. */
export interface KubeDraft {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

const plurals: Readonly<Record<string, string>> = {
  Namespace: 'api/v1/namespaces',
  Secret: 'api/v1/secrets',
  ServiceAccount: 'api/v1/serviceaccounts',
  ConfigMap: 'api/v1/configmaps',
  Pod: 'api/v1/pods',
  Deployment: 'apis/apps/v1/deployments',
  Job: 'apis/batch/v1/jobs',
};

const patienceMs = 60_000;
const lookEveryMs = 50;

/** Uses a client like the kubelet's; `signal` ends waiting. */
export function createKubernetes(api: Pick<ApiClient, 'send' | 'patch'>, signal: AbortSignal): Kubernetes {
  const pods = async (namespace: string, app: string): Promise<readonly KubeObject[]> => {
    const selector = encodeURIComponent(`app=${app}`);
    const { body } = await api.send('GET', `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`);
    return records(body, 'items') as unknown as readonly KubeObject[];
  };
  const until: Kubernetes['until'] = (namespace, app, what, isSo) =>
    eventually(`${namespace}/${app}: ${what}`, signal, async () => {
      const found = await pods(namespace, app);
      return isSo(found) ? found : undefined;
    });
  const toldOf = async (namespace: string, reason: string): Promise<ReadonlySet<string>> => {
    const { body } = await api.send('GET', `/api/v1/namespaces/${namespace}/events?fieldSelector=reason%3D${reason}`);
    return new Set(records(body, 'items').map((event) => text(event, 'involvedObject', 'name')));
  };
  return {
    create: async (...objects) => {
      for (const object of objects) {
        const path = collectionOf(object);
        // A namespace that is still being deleted, by an earlier sandbox, would refuse everything.
        if (object.kind === 'Namespace') await unlessDeleted(api, `${path}/${object.metadata.name}`, signal);
        const answer = await api.send('POST', `${path}?fieldManager=kubectl-create`, object);
        if (answer.status !== 409) accept(answer, `${object.kind} ${object.metadata.name} could not be created`);
      }
    },
    restart: async ({ namespace, name }, at) => {
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}?fieldManager=kubectl-rollout`;
      const annotations = { 'kubectl.kubernetes.io/restartedAt': timestamp(at) };
      const answer = await api.patch(path, { spec: { template: { metadata: { annotations } } } });
      accept(answer, `Deployment ${name} could not be restarted`);
    },
    pods,
    until,
    untilPullFails: async (namespace, app) => {
      const waiting = await until(namespace, app, 'that its image cannot be pulled', waitFor('ImagePullBackOff'));
      await eventually(`${namespace}/${app}: events that say why`, signal, async () => {
        const told = await toldOf(namespace, 'Failed');
        return waiting.every(({ metadata }) => told.has(metadata.name)) ? told : undefined;
      });
    },
    untilToldOf: async (namespace, app, reason) => {
      const waiting = await until(namespace, app, 'that it is created', waitFor('ContainerCreating'));
      await eventually(`${namespace}/${app}: events that say so`, signal, async () => {
        const told = await toldOf(namespace, reason);
        return waiting.every(({ metadata }) => told.has(metadata.name)) ? told : undefined;
      });
    },
    nextSecond: () => delay(1_000 - (Date.now() % 1_000), undefined, { signal }),
    deleteNamespace: (name) => deleteNamespace(api, name),
  };
}

/** Looks until there is something to return. Throws a `UserError` after a minute. */
async function eventually<T>(what: string, signal: AbortSignal, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new UserError(`timed out after a minute waiting for: ${what}`);
    await delay(lookEveryMs, undefined, { signal });
  }
}

/** Waits while an object is being deleted. */
async function unlessDeleted(api: Pick<ApiClient, 'send'>, path: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const { status, body } = await api.send('GET', path);
    if (status === 404 || text(body, 'metadata', 'deletionTimestamp') === '' || Date.now() > deadline) return;
    await delay(lookEveryMs, undefined, { signal });
  }
}

async function deleteNamespace(api: Pick<ApiClient, 'send'>, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  const deadline = Date.now() + patienceMs;
  let answer = await api.send('DELETE', path);
  while (answer.status !== 404) {
    if (Date.now() > deadline) throw new UserError(`the namespace ${name} is still there after a minute`);
    // Not ended by a signal: objects in a real cluster are removed even while everything is being stopped.
    await delay(lookEveryMs);
    answer = await api.send('GET', path);
  }
}

function collectionOf({ kind, metadata: { namespace } }: KubeDraft): string {
  const plural = plurals[kind] ?? '';
  if (namespace === undefined) return `/${plural}`;
  const slash = plural.lastIndexOf('/');
  return `/${plural.slice(0, slash)}/namespaces/${namespace}${plural.slice(slash)}`;
}

function accept({ status, body }: ApiAnswer, what: string): void {
  if (status >= 300) throw new UserError(`${what}: ${status} ${text(body, 'message')}`);
}

/** There are this many pods, none of them being deleted. */
export function areThere(count: number): (pods: readonly KubeObject[]) => boolean {
  return (pods) => pods.length === count && pods.every(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** There are this many pods, and each container is running. */
export function areRunning(count: number): (pods: readonly KubeObject[]) => boolean {
  return (pods) => areThere(count)(pods) && pods.every((pod) => statuses(pod).every((state) => runs(state)));
}

/** There are this many pods, and each container is ready. */
export function areReady(count: number): (pods: readonly KubeObject[]) => boolean {
  return (pods) =>
    areRunning(count)(pods) && pods.every((pod) => statuses(pod).every((state) => state['ready'] === true));
}

/** In every pod, some container waits for this reason. */
function waitFor(reason: string): (pods: readonly KubeObject[]) => boolean {
  return (pods) =>
    pods.length > 0 &&
    pods.every((pod) => statuses(pod).some((state) => text(state, 'state', 'waiting', 'reason') === reason));
}

/** In some pod, some container has terminated with this reason, now or before its last start. */
export function haveEnded(reason: string): (pods: readonly KubeObject[]) => boolean {
  return (pods) =>
    pods.some((pod) =>
      statuses(pod).some((state) =>
        ['state', 'lastState'].some((field) => text(state, field, 'terminated', 'reason') === reason),
      ),
    );
}

/** In every pod, some container was restarted. */
export function wereRestarted(pods: readonly KubeObject[]): boolean {
  return (
    pods.length > 0 && pods.every((pod) => statuses(pod).some((state) => (number(state, 'restartCount') ?? 0) > 0))
  );
}

function statuses(pod: KubeObject): readonly Fields[] {
  return records(pod, 'status', 'containerStatuses');
}

function runs(state: Fields): boolean {
  return Object.keys(fields(state, 'state', 'running')).length > 0;
}
