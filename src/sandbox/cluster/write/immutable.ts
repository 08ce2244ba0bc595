import { isDeepStrictEqual } from 'node:util';
import { at, type Fields, fields, type KubeObject, records, without } from '../objects/object.ts';
import type { FieldProblem } from '../objects/status.ts';
import { wrong } from './validation.ts';

/** What an update may not change (422): a Deployment's selector, a pod's spec except its images, a Job's template. */
export function immutableProblems(previous: KubeObject, next: Fields): readonly FieldProblem[] {
  const frozen = (...path: readonly string[]): readonly FieldProblem[] =>
    isDeepStrictEqual(at(previous, ...path), at(next, ...path))
      ? []
      : [wrong(path.join('.'), at(next, ...path), 'field is immutable')];
  switch (previous.kind) {
    case 'Deployment':
    case 'ReplicaSet':
    case 'DaemonSet':
      return frozen('spec', 'selector');
    case 'StatefulSet':
      return statefulSetProblems(previous, next);
    case 'Job':
      return [...frozen('spec', 'selector'), ...frozen('spec', 'template')];
    case 'Pod':
      return podProblems(previous, next);
    case 'Secret':
      return [...frozen('type'), ...(previous['immutable'] === true ? secretProblems(previous, next) : [])];
    case 'ConfigMap':
      return previous['immutable'] === true ? secretProblems(previous, next) : [];
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      return frozen('roleRef');
    default:
      return [];
  }
}

function statefulSetProblems(previous: KubeObject, next: Fields): readonly FieldProblem[] {
  const keep = (object: Fields) => {
    const { selector, serviceName, podManagementPolicy, volumeClaimTemplates } = fields(object, 'spec');
    return { selector, serviceName, podManagementPolicy, volumeClaimTemplates };
  };
  if (isDeepStrictEqual(keep(previous), keep(next))) return [];
  const message =
    "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  return [{ field: 'spec', reason: 'FieldValueForbidden', message }];
}

function secretProblems(previous: KubeObject, next: Fields): readonly FieldProblem[] {
  const message = 'Forbidden: field is immutable when `immutable` is set';
  return ['data', 'binaryData', 'immutable']
    .filter((field) => !isDeepStrictEqual(previous[field], next[field]))
    .map((field) => ({ field, reason: 'FieldValueForbidden', message }));
}

function podProblems(previous: KubeObject, next: Fields): readonly FieldProblem[] {
  if (isDeepStrictEqual(withoutMutable(previous), withoutMutable(next))) return [];
  const message =
    'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
  return [{ field: 'spec', reason: 'FieldValueForbidden', message }];
}

function withoutMutable(pod: Fields): Fields {
  const spec = without(fields(pod, 'spec'), 'tolerations', 'activeDeadlineSeconds', 'ephemeralContainers');
  const anonymous = (field: string) =>
    records(spec, field).map(({ image, ...container }) => ({ ...container, image: typeof image }));
  return { ...spec, containers: anonymous('containers'), initContainers: anonymous('initContainers') };
}
