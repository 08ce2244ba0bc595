import { z } from 'zod';
import { type KubeObject, text } from '../cluster/objects/object.ts';

/** What a container does once it has started. By default it runs, is ready and logs nothing. */
export const Behaviour = z.object({
  /** Lines it logs at each start. */
  logs: z.array(z.string()).optional(),
  /** False: it runs but never becomes ready. */
  ready: z.boolean().optional(),
  /** It becomes ready only after this time (on the kubelet's clock), so that a rollout can be watched. */
  readyAfterSeconds: z.number().min(0).optional(),
  /** It exits with this code. */
  exitCode: z.number().int().min(0).max(255).optional(),
  /** `OOMKilled`, `Error`, `Completed`; default: derived from the code. */
  reason: z.string().optional(),
  /** How long it runs before it exits (on the kubelet's clock). */
  afterSeconds: z.number().min(0).optional(),
  /** Contents of its termination message file. */
  terminationMessage: z.string().optional(),
  /** It fails to start: the runtime's message (`RunContainerError`). */
  startError: z.string().optional(),
  /** Its image cannot be brought to the node: the runtime's message, whatever the registry would answer. */
  pullError: z.string().optional(),
  /** The sandbox of its pod cannot be created: the runtime's message (`FailedCreatePodSandBox`). */
  sandboxError: z.string().optional(),
});
export type Behaviour = z.infer<typeof Behaviour>;

/** Which containers a rule applies to; every given field has to match. */
export const Match = z.object({
  namespace: z.string().optional(),
  /** Name of the pod, or a prefix followed by `*`. */
  pod: z.string().optional(),
  /** `deployment/web`: the pod's owner, or the Deployment above its ReplicaSet. */
  workload: z.string().optional(),
  container: z.string().optional(),
  /** As written in the pod. */
  image: z.string().optional(),
  /** `sha256:…` of the index, the manifest or the config. */
  digest: z.string().optional(),
});
export type Match = z.infer<typeof Match>;

export interface Rule {
  readonly match: Match;
  readonly behaviour: Behaviour;
}

/** Annotation with the behaviour of the pod, as JSON: one for all containers, or `{"containers":{"web":{…}}}`. */
export const behaviourAnnotation = 'sandbox.imagecheck.dev/behaviour';

const Annotation = z.union([z.object({ containers: z.record(z.string(), Behaviour) }), Behaviour]);

/** A container about to start. */
export interface Starting {
  readonly pod: KubeObject;
  readonly container: string;
  readonly image: string;
  readonly digests: readonly string[];
}

/** Its behaviour: the pod's annotation, else the latest matching rule. */
export function behaviourOf(starting: Starting, rules: readonly Rule[]): Behaviour {
  return fromAnnotation(starting) ?? rules.findLast(({ match }) => matches(match, starting))?.behaviour ?? {};
}

function fromAnnotation({ pod, container }: Starting): Behaviour | undefined {
  const annotation = pod.metadata.annotations?.[behaviourAnnotation];
  if (annotation === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(annotation);
  } catch {
    return undefined;
  }
  const parsed = Annotation.safeParse(value);
  if (!parsed.success) return undefined;
  return 'containers' in parsed.data ? parsed.data.containers[container] : parsed.data;
}

function matches(match: Match, { pod, container, image, digests }: Starting): boolean {
  const { name, namespace } = pod.metadata;
  const podFits =
    match.pod === undefined || (match.pod.endsWith('*') ? name.startsWith(match.pod.slice(0, -1)) : name === match.pod);
  return (
    podFits &&
    (match.namespace === undefined || match.namespace === namespace) &&
    (match.workload === undefined || isOf(pod, match.workload)) &&
    (match.container === undefined || match.container === container) &&
    (match.image === undefined || match.image === image) &&
    (match.digest === undefined || digests.includes(match.digest))
  );
}

function isOf(pod: KubeObject, workload: string): boolean {
  const [kind = '', name = ''] = workload.toLowerCase().split('/');
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return kind === 'pod' && pod.metadata.name === name;
  if (owner.kind.toLowerCase() === kind && owner.name === name) return true;
  const hash = text(pod, 'metadata', 'labels', 'pod-template-hash');
  return kind === 'deployment' && owner.kind === 'ReplicaSet' && hash !== '' && owner.name === `${name}-${hash}`;
}
