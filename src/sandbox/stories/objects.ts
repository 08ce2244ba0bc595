import { createHash } from 'node:crypto';
import type { Fields } from '../cluster/objects/object.ts';
import type { KubeDraft } from './kubernetes.ts';

/** A container in a story. */
export interface ContainerDraft {
  readonly name: string;
  readonly image: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A whole commit hash that begins with this short one. */
export function commitHash(short: string): string {
  return `${short}${createHash('sha1').update(short).digest('hex')}`.slice(0, 40);
}

export function namespace(name: string): KubeDraft {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** A Deployment whose pods have the label `app`. `more` goes into the pod's spec. */
export function deployment(
  where: { readonly name: string; readonly namespace: string },
  containers: readonly ContainerDraft[],
  options: { readonly replicas?: number; readonly strategy?: Fields; readonly pod?: Fields } = {},
): KubeDraft {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...where, labels: { app: where.name } },
    spec: {
      replicas: options.replicas ?? 1,
      selector: { matchLabels: { app: where.name } },
      ...(options.strategy === undefined ? {} : { strategy: options.strategy }),
      template: template(where.name, containers, options.pod),
    },
  };
}

/** A Job whose pods have the label `app` and are retried once after a failure. */
export function job(
  where: { readonly name: string; readonly namespace: string },
  containers: readonly ContainerDraft[],
  pod: Fields = {},
): KubeDraft {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...where, labels: { app: where.name } },
    spec: { backoffLimit: 1, template: template(where.name, containers, { restartPolicy: 'Never', ...pod }) },
  };
}

/** A pull Secret with one entry. */
export function pullSecret(
  where: { readonly name: string; readonly namespace: string },
  registry: string,
  login: { readonly username: string; readonly password: string },
): KubeDraft {
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  const content = { auths: { [registry]: { ...login, auth } } };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: where,
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(JSON.stringify(content)).toString('base64') },
  };
}

function template(app: string, containers: readonly ContainerDraft[], pod: Fields = {}): Fields {
  return {
    metadata: { labels: { app } },
    spec: { containers: containers.map(containerSpec), ...pod },
  };
}

function containerSpec({ env, ...rest }: ContainerDraft): Fields {
  const entries = Object.entries(env ?? {}).map(([name, value]) => ({ name, value }));
  return { ...rest, ...(entries.length === 0 ? {} : { env: entries }) };
}
