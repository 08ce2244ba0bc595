import { z } from 'zod';
import { formatWorkload, WorkloadRef, workloadKinds } from '../workload/workload.ts';

const uid = z.string().min(1);
const NamespaceName = z.string().min(1).max(63);
const ObjectName = z.string().min(1).max(253);

const Image = z.object({
  kind: z.literal('Image'),
  /** As it was requested. */
  reference: z.string().min(1).max(1024),
});
/** A namespace stands for the credentials that its workloads pull with. */
const Namespace = z.object({ kind: z.literal('Namespace'), name: NamespaceName });
const SecretRef = z.object({ kind: z.literal('Secret'), namespace: NamespaceName, name: ObjectName });
const Registry = z.object({
  kind: z.literal('Registry'),
  /** As people know it: `ghcr.io`, `docker.io`. */
  host: z.string().min(1).max(253),
});
const Node = z.object({ kind: z.literal('Node'), name: ObjectName });

/**
 * What a record is about: a workload, or something else that can be checked and changed. `kind` says which; a workload
 * has its own kind.
 */
export const Subject = z.discriminatedUnion('kind', [WorkloadRef, Image, Namespace, SecretRef, Registry, Node]);
export type Subject = z.infer<typeof Subject>;

/**
 * The subject of an approved change. If it is an object of the cluster, its uid is a guard: an object that was deleted
 * and recreated is another one.
 */
export const GuardedSubject = z.discriminatedUnion('kind', [
  WorkloadRef.extend({ uid }),
  Image,
  Namespace.extend({ uid }),
  SecretRef.extend({ uid }),
  Registry,
  Node.extend({ uid }),
]);
export type GuardedSubject = z.infer<typeof GuardedSubject>;

type Kind = Subject['kind'];
/** For a guarded subject the guarded variant. */
type WorkloadOf<S extends { readonly kind: Kind }> = Extract<S, { readonly kind: WorkloadRef['kind'] }>;

/** Whether a subject is a workload. */
export function isWorkload<S extends { readonly kind: Kind }>(subject: S): subject is WorkloadOf<S> {
  return workloadKinds.some((kind) => kind === subject.kind);
}

/** The subject alone, without the guard. */
export function unguarded(subject: GuardedSubject): Subject {
  return Subject.parse(subject);
}

/** As people write it: `deployment/web`, `secret/regcred`, `node/aks-1`, `registry ghcr.io`. The namespace is left out. */
export function formatSubject(subject: Subject): string {
  if (isWorkload(subject)) return formatWorkload(subject);
  switch (subject.kind) {
    case 'Image':
      return `image ${subject.reference}`;
    case 'Registry':
      return `registry ${subject.host}`;
    case 'Namespace':
    case 'Secret':
    case 'Node':
      return `${subject.kind.toLowerCase()}/${subject.name}`;
    default:
      return subject satisfies never;
  }
}

/**
 * Names a subject within its cluster, always in the same way: `NAMESPACE/deployment/web`, `NAMESPACE/secret/regcred`,
 * `registry:ghcr.io`. Audit records contain it. Namespaces contain no colon, so none of the others can be mistaken for
 * a workload.
 */
export function subjectKey(subject: Subject): string {
  if (isWorkload(subject)) return `${subject.namespace}/${formatWorkload(subject)}`;
  switch (subject.kind) {
    case 'Image':
      return `image:${subject.reference}`;
    case 'Registry':
      return `registry:${subject.host}`;
    case 'Namespace':
    case 'Node':
      return `${subject.kind.toLowerCase()}:${subject.name}`;
    case 'Secret':
      return `${subject.namespace}/${formatSubject(subject)}`;
    default:
      return subject satisfies never;
  }
}

/** Whether two subjects of one cluster are the same; guards are ignored. */
export function isSameSubject(left: Subject, right: Subject): boolean {
  return subjectKey(left) === subjectKey(right);
}

/** The scope that a subject belongs to, which decides whose rules apply. */
export type SubjectScope =
  | { readonly scope: 'namespace'; readonly namespace: string }
  | { readonly scope: 'registry'; readonly host: string }
  | { readonly scope: 'node'; readonly name: string };

/** The scope of a subject; `registryOf` gives the host of an image reference. */
export function scopeOf(subject: Subject, registryOf: (reference: string) => string): SubjectScope {
  if (isWorkload(subject)) return { scope: 'namespace', namespace: subject.namespace };
  switch (subject.kind) {
    case 'Image':
      return { scope: 'registry', host: registryOf(subject.reference) };
    case 'Registry':
      return { scope: 'registry', host: subject.host };
    case 'Namespace':
      return { scope: 'namespace', namespace: subject.name };
    case 'Secret':
      return { scope: 'namespace', namespace: subject.namespace };
    case 'Node':
      return { scope: 'node', name: subject.name };
    default:
      return subject satisfies never;
  }
}

/** `deployment/web -n prod`; without a namespace if it has none. */
export function formatPlacedSubject(subject: Subject): string {
  const namespace = namespaceBeside(subject);
  return namespace === undefined ? formatSubject(subject) : `${formatSubject(subject)} -n ${namespace}`;
}

/** The namespace to name beside a subject: undefined for a subject without one, or that is one itself. */
export function namespaceBeside(subject: Subject): string | undefined {
  return subject.kind === 'Namespace' ? undefined : namespaceOfSubject(subject);
}

/** The namespace that a subject is in, or is; undefined for a subject without one. */
export function namespaceOfSubject(subject: Subject): string | undefined {
  if (isWorkload(subject)) return subject.namespace;
  switch (subject.kind) {
    case 'Image':
    case 'Registry':
    case 'Node':
      return undefined;
    case 'Namespace':
      return subject.name;
    case 'Secret':
      return subject.namespace;
    default:
      return subject satisfies never;
  }
}
