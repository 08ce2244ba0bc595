import { volumePlace } from '../../model/workload/volume-place.ts';
import type {
  Container,
  ContainerType,
  EnvEntry,
  NodeExpression,
  Placement,
  PodTemplate,
  PullPolicy,
  Toleration,
} from '../../model/workload/workload.ts';
import type { ContainerSpec, FullSpec, PlacementSpec, ProbeSpec, Template } from './objects.ts';

export const restartedAtKey = 'kubectl.kubernetes.io/restartedAt';

/** The part of a pod template (or of a bare pod, whose own metadata is given) that matters for images. */
export function templateOf(template: Template | null | undefined): PodTemplate {
  const spec: FullSpec = template?.spec ?? {};
  const restartedAt = template?.metadata?.annotations?.[restartedAtKey];
  return {
    containers: containersOf(spec),
    serviceAccount: serviceAccountOf(spec),
    pullSecretNames: secretNames(spec.imagePullSecrets),
    placement: placementOf(spec),
    labels: template?.metadata?.labels ?? {},
    ...(restartedAt === undefined ? {} : { restartedAt }),
  };
}

/** Admission fills in `default` if a template names none. */
export function serviceAccountOf(spec: { readonly serviceAccountName?: string | null | undefined }): string {
  return spec.serviceAccountName == null || spec.serviceAccountName === '' ? 'default' : spec.serviceAccountName;
}

/** Names of local object references; entries without a name are ignored, as by the kubelet. */
export function secretNames(references: readonly { readonly name?: string | null | undefined }[] | null | undefined) {
  return (references ?? []).flatMap(({ name }) => (name == null || name === '' ? [] : [name]));
}

/** All containers, init containers first, as they start; then the volumes that are images. */
function containersOf(spec: FullSpec): readonly Container[] {
  return [
    ...(spec.initContainers ?? []).map((container) => containerOf(container, 'init')),
    ...(spec.containers ?? []).map((container) => containerOf(container, 'main')),
    ...(spec.ephemeralContainers ?? []).map((container) => containerOf(container, 'ephemeral')),
    ...imageVolumesOf(spec).map((volume): Container => ({ ...volume, env: [], envFrom: [], command: [], args: [] })),
  ];
}

/** A volume that is an image, as it stands beside the containers. */
export type ImageVolume = Pick<Container, 'name' | 'image' | 'pullPolicy'> & { readonly type: 'volume' };

/** The volumes that are images (KEP-4639). */
export function imageVolumesOf({ volumes }: Pick<FullSpec, 'volumes'>): readonly ImageVolume[] {
  return (volumes ?? []).flatMap(({ name, image }) =>
    image?.reference == null || image.reference === ''
      ? []
      : [
          {
            name: volumePlace(name),
            type: 'volume' as const,
            image: image.reference,
            ...pullPolicyOf(image.pullPolicy),
          },
        ],
  );
}

/** Container name -> image as written. */
export function imagesOf(template: Template | null | undefined): Readonly<Record<string, string>> {
  const { initContainers, containers } = template?.spec ?? {};
  const all = [...(initContainers ?? []), ...(containers ?? [])];
  return Object.fromEntries(all.map(({ name, image }) => [name, image ?? '']));
}

/** `kubectl rollout restart` writes its time into the template. */
export function restartedAtOf(template: Template | null | undefined): { readonly restartedAt?: string } {
  const restartedAt = template?.metadata?.annotations?.[restartedAtKey];
  return restartedAt === undefined ? {} : { restartedAt };
}

function containerOf(spec: ContainerSpec, type: ContainerType): Container {
  return {
    name: spec.name,
    type,
    image: spec.image ?? '',
    ...pullPolicyOf(spec.imagePullPolicy),
    env: (spec.env ?? []).map(envEntryOf),
    envFrom: (spec.envFrom ?? []).flatMap((source) => {
      const prefix = source.prefix ?? '';
      const map = source.configMapRef?.name;
      const secret = source.secretRef?.name;
      if (map != null) return [{ source: `configMap/${map}`, prefix }];
      return secret == null ? [] : [{ source: `secret/${secret}`, prefix }];
    }),
    command: spec.command ?? [],
    args: spec.args ?? [],
    ...startOf(spec),
  };
}

/** What the probes of a container allow for its start; absent values have the API server's defaults. */
function startOf({ startupProbe, readinessProbe }: ContainerSpec): { readonly startSeconds?: number } {
  const seconds = allowanceOf(startupProbe) + (readinessProbe?.initialDelaySeconds ?? 0);
  return seconds === 0 ? {} : { startSeconds: seconds };
}

function allowanceOf(probe: ProbeSpec): number {
  if (probe == null) return 0;
  return (probe.initialDelaySeconds ?? 0) + (probe.periodSeconds ?? 10) * (probe.failureThreshold ?? 3);
}

/** The policy, if it is a known one. */
export function pullPolicyOf(policy: string | null | undefined): { readonly pullPolicy?: PullPolicy } {
  return policy === 'Always' || policy === 'IfNotPresent' || policy === 'Never' ? { pullPolicy: policy } : {};
}

function envEntryOf({ name, value, valueFrom }: NonNullable<ContainerSpec['env']>[number]): EnvEntry {
  if (valueFrom == null) return { name, value: value ?? '', from: 'env' };
  const reference = valueFrom.configMapKeyRef ?? valueFrom.secretKeyRef;
  if (reference == null) return { name, from: 'field' };
  const kind = valueFrom.configMapKeyRef == null ? 'secret' : 'configMap';
  return { name, from: `${kind}/${reference.name ?? ''}`, ...(reference.key == null ? {} : { key: reference.key }) };
}

const operators = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']);

/** What decides which nodes the pod may run on. A term with an unknown operator matches nothing. */
export function placementOf(spec: PlacementSpec): Placement {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return {
    nodeSelector: spec.nodeSelector ?? {},
    affinityTerms: (terms ?? []).map(({ matchExpressions, matchFields }) => {
      const labels = (matchExpressions ?? []).map((each) => expressionOf(each, false));
      const fields = (matchFields ?? []).map((each) => expressionOf(each, true));
      const all = [...labels, ...fields];
      return all.includes(undefined) ? [] : all.filter((each) => each !== undefined);
    }),
    tolerations: (spec.tolerations ?? []).flatMap(tolerationOf),
  };
}

function expressionOf(
  { key, operator, values }: { key: string; operator: string; values?: string[] | null | undefined },
  field: boolean,
): NodeExpression | undefined {
  if (!isOperator(operator)) return undefined;
  return { key, operator, values: values ?? [], ...(field ? { field: true } : {}) };
}

function isOperator(text: string): text is NodeExpression['operator'] {
  return operators.has(text);
}

function tolerationOf({
  key,
  operator,
  value,
  effect,
}: NonNullable<PlacementSpec['tolerations']>[number]): readonly Toleration[] {
  const known = operator == null || operator === '' || operator === 'Equal' || operator === 'Exists';
  if (!known) return [];
  return [
    {
      ...(key == null || key === '' ? {} : { key }),
      ...(operator === 'Exists' || operator === 'Equal' ? { operator } : {}),
      ...(value == null || value === '' ? {} : { value }),
      ...(effect == null || effect === '' ? {} : { effect }),
    },
  ];
}
