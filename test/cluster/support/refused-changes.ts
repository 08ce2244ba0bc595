import { image } from './policy-objects.ts';

/** One step of a JSON patch. */
export interface Patch {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: unknown;
}
/** A key as a part of a JSON pointer. */
export const escaped = (key: string) => key.replaceAll('/', '~1');

export const ours = { 'app.kubernetes.io/managed-by': 'imagecheck' };
export const auths = Buffer.from('{"auths":{}}').toString('base64');

/** Sets an annotation. */
export function note(key: string, value = 'A1'): Patch[] {
  return [{ op: 'add', path: `/metadata/annotations/${escaped(key)}`, value }];
}

/** What is no single field: lists of containers, labels, annotations. */
export function structural(template: string): Readonly<Record<string, Patch[]>> {
  const pod = `${template}/spec`;
  const sidecar = { name: 'sidecar', image: image('1') };
  return {
    'a container more': [{ op: 'add', path: `${pod}/containers/-`, value: sidecar }],
    'a container more in front': [{ op: 'add', path: `${pod}/containers/0`, value: sidecar }],
    'a container less': [{ op: 'remove', path: `${pod}/containers/1` }],
    'an init container more': [{ op: 'add', path: `${pod}/initContainers/-`, value: sidecar }],
    'no init container': [{ op: 'remove', path: `${pod}/initContainers` }],
    'containers the other way round': [
      { op: 'remove', path: `${pod}/containers/1` },
      { op: 'add', path: `${pod}/containers/0`, value: { name: 'log', image: image('1') } },
    ],
    'no command': [{ op: 'remove', path: `${pod}/containers/0/command` }],
    'a field within a field': [{ op: 'replace', path: `${pod}/containers/0/env/0/value`, value: 'other' }],
    'a right within a field': [
      { op: 'add', path: `${pod}/containers/0/securityContext/capabilities`, value: { add: ['NET_ADMIN'] } },
    ],
    'an image with a command beside it': [
      { op: 'replace', path: `${pod}/containers/0/image`, value: image('2') },
      { op: 'add', path: `${pod}/containers/0/command`, value: ['sh'] },
    ],
    'a label of the template': [{ op: 'add', path: `${template}/metadata/labels/other`, value: 'label' }],
    'another annotation of the template': [
      { op: 'add', path: `${template}/metadata/annotations/other`, value: 'note' },
    ],
    'an annotation of ours in the template': [
      { op: 'add', path: `${template}/metadata/annotations/${escaped('imagecheck.dev/last-approval')}`, value: 'A1' },
    ],
    'an annotation of the template less': [{ op: 'remove', path: `${template}/metadata/annotations/team` }],
    'no annotations of the template': [{ op: 'remove', path: `${template}/metadata/annotations` }],
    ...metadata,
  };
}

const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: '00000000-0000-0000-0000-000000000000' };
const metadata: Readonly<Record<string, Patch[]>> = {
  'a label': [{ op: 'add', path: '/metadata/labels/other', value: 'label' }],
  'a label less': [{ op: 'remove', path: '/metadata/labels/team' }],
  'another annotation': note('other'),
  'an annotation that looks like ours': note('imagecheck.dev.example.com/last-approval'),
  "the owner's annotation that allows": note('imagecheck.dev/allow', 'set-image'),
  "the owner's annotation that protects": note('imagecheck.dev/protect', 'false'),
  'an annotation less': [{ op: 'remove', path: '/metadata/annotations/team' }],
  'a finalizer': [{ op: 'add', path: '/metadata/finalizers', value: ['example.com/other'] }],
  'an owner': [{ op: 'add', path: '/metadata/ownerReferences', value: [owner] }],
};

interface Other {
  readonly path: string;
  readonly method?: 'POST' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
}

/** Bare pods, Secrets and service accounts. */
export function others(): Readonly<Record<string, Other>> {
  const secret = {
    metadata: { name: 'new', labels: ours },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': auths },
  };
  const create = (body: object): Other => ({ path: 'secrets', method: 'POST', body: { ...secret, ...body } });
  const onEach = Object.entries(metadata).flatMap(([what, body]) =>
    ['pods/bare', 'secrets/pull', 'serviceaccounts/web'].map((path) => [`${what} of ${path}`, { path, body }] as const),
  );
  const set = (path: string, field: string, value: unknown): Other => ({
    path,
    body: [{ op: 'add', path: field, value }],
  });
  return {
    ...Object.fromEntries(onEach),
    'a deadline of a bare pod': set('pods/bare', '/spec/activeDeadlineSeconds', 5),
    'a toleration of a bare pod': set('pods/bare', '/spec/tolerations/-', { key: 'other', operator: 'Exists' }),
    'an image of an owned pod': set('pods/OWNED', '/spec/containers/0/image', image('2')),
    'a new pod': {
      path: 'pods',
      method: 'POST',
      body: { metadata: { name: 'new' }, spec: { containers: [{ name: 'app', image: image('1') }] } },
    },
    'deleting a bare pod': { path: 'pods/bare', method: 'DELETE' },
    'deleting a pod of a stranger': { path: 'pods/strange', method: 'DELETE' },
    'deleting an owned pod at once': {
      path: 'pods/OWNED',
      method: 'DELETE',
      body: { gracePeriodSeconds: 0, dryRun: ['All'] },
    },
    'a new Opaque secret': create({ type: 'Opaque' }),
    'a new token of a service account': create({
      type: 'kubernetes.io/service-account-token',
      data: {},
      metadata: { ...secret.metadata, annotations: { 'kubernetes.io/service-account.name': 'web' } },
    }),
    'a new secret with another key': create({ data: { ...secret.data, password: auths } }),
    'a new secret that cannot change': create({ immutable: true }),
    'a new secret without our label': create({ metadata: { name: 'new' } }),
    'a new secret with another label': create({ metadata: { name: 'new', labels: { ...ours, other: 'label' } } }),
    'a new secret with another annotation': create({
      metadata: { ...secret.metadata, annotations: { other: 'note' } },
    }),
    'a new secret with a finalizer': create({ metadata: { ...secret.metadata, finalizers: ['example.com/other'] } }),
    'claiming a secret': set(
      'secrets/pull',
      `/metadata/labels/${escaped('app.kubernetes.io/managed-by')}`,
      'imagecheck',
    ),
    'another key of a pull secret': set('secrets/pull', '/data/password', auths),
    'a key less of a pull secret': { path: 'secrets/pull', body: [{ op: 'remove', path: '/data/note' }] },
    'a pull secret that cannot change any more': set('secrets/pull', '/immutable', true),
    'a value of an Opaque secret': set('secrets/opaque', '/data/password', Buffer.from('other').toString('base64')),
    'deleting a pull secret of others': { path: 'secrets/pull', method: 'DELETE' },
    'deleting an Opaque secret with our label': { path: 'secrets/opaque', method: 'DELETE' },
    'a new service account': { path: 'serviceaccounts', method: 'POST', body: { metadata: { name: 'new' } } },
    'deleting a service account': { path: 'serviceaccounts/web', method: 'DELETE' },
    'a secret of a service account': set('serviceaccounts/web', '/secrets', [{ name: 'opaque' }]),
    'mounting the token of a service account': set('serviceaccounts/web', '/automountServiceAccountToken', true),
  };
}
