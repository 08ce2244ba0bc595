import { z } from 'zod';
import { workloadKinds } from '../workload/workload.ts';

/** Kubernetes names and image texts as stored; their grammar is checked where they are read. */
const Name = z.string().min(1).max(253);
const ImageText = z.string().min(1).max(1024);

/** One object of the cluster. The uid is a guard: an object that was deleted and made again is another one. */
export const ObjectRef = z.object({
  kind: z.enum([...workloadKinds, 'ServiceAccount', 'Secret']),
  namespace: z.string().min(1).max(63),
  name: Name,
  uid: z.string().min(1),
});
export type ObjectRef = z.infer<typeof ObjectRef>;

/** A workload as the target of a change. */
export const WorkloadTarget = ObjectRef.extend({ kind: z.enum(workloadKinds) });
export type WorkloadTarget = z.infer<typeof WorkloadTarget>;

const PullPolicy = z.enum(['Always', 'IfNotPresent', 'Never']);

/** A container by list and name, never by index: a sidecar injected meanwhile moves indices. */
export const ContainerKey = z.object({ type: z.enum(['main', 'init']), name: Name });
export type ContainerKey = z.infer<typeof ContainerKey>;

/**
 * One change of a pod template. `from` is a guard: with another value there, nothing is changed. Nothing but these four
 * fields can be changed at all (docs/rights.md#writing), which an admission policy enforces as well.
 */
export const TemplateEdit = z.discriminatedUnion('field', [
  z.object({ field: z.literal('image'), container: ContainerKey, from: ImageText, to: ImageText }),
  z.object({
    field: z.literal('imagePullPolicy'),
    container: ContainerKey,
    /** null: the template does not say. */
    from: PullPolicy.nullable(),
    to: PullPolicy.nullable(),
  }),
  /** Adding what is there, or removing what is not, changes nothing. */
  z.object({ field: z.literal('imagePullSecrets'), change: z.enum(['add', 'remove']), name: Name }),
  /** `kubectl.kubernetes.io/restartedAt` of the template's annotations (ISO 8601). */
  z.object({ field: z.literal('restartedAt'), to: z.string() }),
]);
export type TemplateEdit = z.infer<typeof TemplateEdit>;

/**
 * One step of a plan. It holds everything but secrets, so that it can be shown, digested, stored and made again; what
 * varies (pod names, array indices, resource versions) is resolved when it is applied. Dry run and real run take the
 * same operation (docs/architecture.md#pure-and-impure).
 */
export const Operation = z.discriminatedUnion('type', [
  /** All edits of one workload's template, in one patch. On a bare pod only images can be edited. */
  z.object({ type: z.literal('edit-template'), target: WorkloadTarget, edits: z.array(TemplateEdit).min(1) }),
  z.object({
    type: z.literal('edit-service-account'),
    target: ObjectRef.extend({ kind: z.literal('ServiceAccount') }),
    change: z.enum(['add', 'remove']),
    pullSecret: Name,
  }),
  /**
   * Creates a `kubernetes.io/dockerconfigjson` Secret, or sets one entry of an existing one and keeps all others. The
   * content comes from the worker's own configuration when it is applied. What was there before goes to a sibling
   * Secret.
   */
  z.object({
    type: z.literal('write-pull-secret'),
    namespace: z.string().min(1).max(63),
    name: Name,
    /** Of the Secret as it was seen; null when there was none, and then none may be there. */
    uid: z.string().nullable(),
    /** Key below `auths`, as the kubelet matches it: `ghcr.io`, `https://index.docker.io/v1/`. */
    key: z.string().min(1).max(512),
    /** Name of the registry entry of the configuration whose credential is written. */
    registry: z.string().min(1),
  }),
  /** Takes back `write-pull-secret` of that approval: the sibling's content returns, or the created Secret goes. */
  z.object({
    type: z.literal('restore-pull-secret'),
    namespace: z.string().min(1).max(63),
    name: Name,
    approval: z.string().min(1),
  }),
  /**
   * Deletes the pods of a workload that were created before a moment, so that its controller makes new ones; each by
   * its uid. Never the pods of nobody: a bare pod would not come back.
   */
  z.object({
    type: z.literal('delete-pods'),
    workload: WorkloadTarget,
    createdBefore: z.string(),
    /**
     * Of a StatefulSet that replaces pods in order: only pods that are not Ready, are not of the present template and
     * would get it, whenever they were created. Its controller waits for them to become Ready before it replaces any.
     */
    onlyNotReady: z.literal(true).optional(),
  }),
]);
export type Operation = z.infer<typeof Operation>;
