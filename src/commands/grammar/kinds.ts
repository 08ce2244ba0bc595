import { type WorkloadKind, workloadKinds } from '../../model/workload/workload.ts';

const abbreviations: Readonly<Record<WorkloadKind, readonly string[]>> = {
  Deployment: ['deploy', 'deploys'],
  StatefulSet: ['sts'],
  DaemonSet: ['ds'],
  Job: [],
  CronJob: ['cj'],
  Pod: ['po'],
};

/** Every spelling of a kind -> the kind: singular, plural, kubectl's short form, also with kubectl's API group. */
const kindsByWord: ReadonlyMap<string, WorkloadKind> = new Map(
  workloadKinds.flatMap((kind) => {
    const word = kind.toLowerCase();
    const group = kind === 'Pod' ? [] : [kind === 'Job' || kind === 'CronJob' ? 'batch' : 'apps'];
    const grouped = group.flatMap((name) => [`${word}.${name}`, `${word}s.${name}`]);
    return [word, `${word}s`, ...abbreviations[kind], ...grouped].map((spelling) => [spelling, kind] as const);
  }),
);

/** The kind that a word names: `deployments`, `Deploy`, `sts`, `cronjob.batch`. */
export function kindOf(word: string): WorkloadKind | undefined {
  return kindsByWord.get(word.toLowerCase());
}

/** Kinds that people also name, but that are not checked through their own pod template. */
const otherKinds: Readonly<Record<string, readonly string[]>> = {
  ReplicaSet: ['replicasets', 'rs', 'replicaset.apps', 'replicasets.apps'],
  ReplicationController: ['replicationcontrollers', 'rc'],
  DeploymentConfig: ['deploymentconfigs', 'dc'],
  ControllerRevision: ['controllerrevisions'],
  HorizontalPodAutoscaler: ['horizontalpodautoscalers', 'hpa'],
  ConfigMap: ['configmaps', 'cm'],
  PersistentVolumeClaim: ['persistentvolumeclaims', 'pvc'],
  ServiceAccount: ['serviceaccounts'],
  Service: ['svc'],
  Secret: [],
  Ingress: ['ing'],
  Node: [],
  Rollout: [],
};

/** A Kubernetes kind that isn't a workload here: `rs` is `ReplicaSet`. */
export function otherKindOf(word: string): string | undefined {
  const wanted = word.toLowerCase();
  return Object.keys(otherKinds).find(
    (kind) => kind.toLowerCase() === wanted || otherKinds[kind]?.includes(wanted) === true,
  );
}
