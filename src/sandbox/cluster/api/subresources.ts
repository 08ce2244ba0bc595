import {
  type Fields,
  fields,
  type KubeObject,
  number,
  records,
  text,
  timestamp,
  withField,
} from '../objects/object.ts';
import { conflict, notFound, statusBody } from '../objects/status.ts';
import type { Store } from '../store/store.ts';
import { typeOf } from '../write/admission.ts';
import type { Authentication } from './authentication.ts';
import type { ResourceRequest } from './request.ts';

/** `POST …/pods/NAME/binding`: puts a pod on a node, once. */
export function bindPod(store: Store, pod: KubeObject, body: Fields, now: Date): Fields {
  const node = text(body, 'target', 'name');
  const nodes = typeOf(store, 'nodes');
  if (store.get(nodes, '', node) === undefined) throw notFound(nodes, node);
  const type = typeOf(store, 'pods');
  const present = text(pod, 'spec', 'nodeName');
  if (present !== '')
    throw conflict(type, pod.metadata.name, `pod ${pod.metadata.name} is already assigned to node "${present}"`);
  const bound = withField(pod, ['spec', 'nodeName'], node);
  store.put(type, withField(bound, ['status', 'conditions'], scheduled(pod, now)));
  return statusBody(201, '', '');
}

function scheduled(pod: KubeObject, now: Date): readonly Fields[] {
  const others = records(pod, 'status', 'conditions').filter(({ type }) => type !== 'PodScheduled');
  return [...others, { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: timestamp(now) }];
}

/**
 * `POST …/serviceaccounts/NAME/token` (TokenRequest): a token for that account, valid for an hour unless the request
 * says otherwise.
 */
export function requestToken(authentication: Authentication, account: KubeObject, body: Fields, now: Date): Fields {
  const seconds = number(body, 'spec', 'expirationSeconds') ?? 3600;
  const expiresAt = new Date(now.getTime() + seconds * 1000);
  const { namespace = '', name, uid } = account.metadata;
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: timestamp(now) },
    spec: { audiences: ['https://kubernetes.default.svc'], expirationSeconds: seconds },
    status: {
      token: authentication.issue({ namespace, name, uid, expiresAt }),
      expirationTimestamp: timestamp(expiresAt),
    },
  };
}

/** `GET|PUT …/scale` of Deployments, ReplicaSets and StatefulSets: only the number of replicas. */
export function scaleOf(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const labels = Object.entries(fields(object, 'spec', 'selector', 'matchLabels'));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: number(object, 'spec', 'replicas') ?? 0 },
    status: {
      replicas: number(object, 'status', 'replicas') ?? 0,
      selector: labels.map(([key, value]) => `${key}=${String(value)}`).join(','),
    },
  };
}

/** The name that RBAC uses: `pods/log`. */
export function rbacResource({ type, subresource }: Pick<ResourceRequest, 'type' | 'subresource'>): string {
  return subresource === '' ? type.plural : `${type.plural}/${subresource}`;
}
