import { z } from 'zod';
import { type GuardedSubject, isWorkload } from '../subject/subject.ts';
import { workloadKinds } from '../workload/workload.ts';

/** Kubernetes names and image texts as stored; their grammar is checked where they are read. */
export const ObjectName = z.string().min(1).max(253);
const ImageText = z.string().max(1024);

/** One object of the cluster. The uid is a guard: an object that was deleted and recreated is another one. */
export const ObjectRef = z.object({
  kind: z.enum([...workloadKinds, 'ServiceAccount', 'Secret']),
  namespace: z.string().min(1).max(63),
  name: ObjectName,
  uid: z.string().min(1),
});
export type ObjectRef = z.infer<typeof ObjectRef>;

/** The namespaced object that a subject is, which marks and Events can be about; undefined if it isn't one. */
export function objectOf(subject: GuardedSubject): ObjectRef | undefined {
  if (isWorkload(subject)) return subject;
  switch (subject.kind) {
    case 'Image':
    case 'Registry':
    case 'Namespace':
    case 'Node':
      return undefined;
    case 'Secret':
      return subject;
    default:
      return subject satisfies never;
  }
}

/** A workload as the target of a change. */
export const WorkloadTarget = ObjectRef.extend({ kind: z.enum(workloadKinds) });
export type WorkloadTarget = z.infer<typeof WorkloadTarget>;

const PullPolicy = z.enum(['Always', 'IfNotPresent', 'Never']);

/** A container by list and name, never by index: a sidecar injected later moves indices. */
export const ContainerKey = z.object({ type: z.enum(['main', 'init']), name: ObjectName });
export type ContainerKey = z.infer<typeof ContainerKey>;

/**
 * One change of a pod template. `from` is a guard: with another value there, nothing is changed. Nothing but these four
 * fields can be changed at all (docs/rights.md#writing), which an admission policy enforces as well.
 */
export const TemplateEdit = z.discriminatedUnion('field', [
  z.strictObject({ field: z.literal('image'), container: ContainerKey.strict(), from: ImageText, to: ImageText }),
  z.strictObject({
    field: z.literal('imagePullPolicy'),
    container: ContainerKey.strict(),
    /** null: the template does not set it. */
    from: PullPolicy.nullable(),
    to: PullPolicy.nullable(),
  }),
  /** Adding an entry that exists, or removing one that does not, changes nothing. */
  z.strictObject({ field: z.literal('imagePullSecrets'), change: z.enum(['add', 'remove']), name: ObjectName }),
  /** `kubectl.kubernetes.io/restartedAt` of the template's annotations (ISO 8601). */
  z.strictObject({ field: z.literal('restartedAt'), to: z.string() }),
]);
export type TemplateEdit = z.infer<typeof TemplateEdit>;

/**
 * One step of a plan, as it is stored, signed and shown: everything except secrets. What varies (pod names, array
 * indices, resource versions) is resolved when it is applied (docs/architecture.md#pure-and-impure). It is open,
 * because an older process reads the records of a newer one: `operations/` defines what each type means, and code that
 * acts on one parses it strictly there.
 */
export const Operation = z.looseObject({ type: z.string().min(1).max(63) });
export type Operation = z.infer<typeof Operation>;
