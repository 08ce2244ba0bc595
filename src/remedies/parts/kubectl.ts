import type { Operation, TemplateEdit } from '../../model/change/operation.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import { notReadyPods } from './rollout.ts';
import { strategicPatch } from './template-yaml.ts';

/** Text as one word of a POSIX shell; line breaks, which no name has, become spaces so that a command stays one line. */
export function shellWord(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  return /^[\w@%+=:,./-]+$/.test(line) ? line : `'${line.replaceAll("'", `'\\''`)}'`;
}

/** `kubectl -n NAMESPACE word word`, quoted where it must be. */
export function kubectl(namespace: string, ...words: readonly string[]): string {
  return ['kubectl', '-n', namespace, ...words].map(shellWord).join(' ');
}

/** What a person would type for these operations, one command per line. Never a secret: `PASSWORD` stands for it. */
export function kubectlFor(operations: readonly Operation[], snapshot: Snapshot): readonly string[] {
  return operations.flatMap((operation) => {
    switch (operation.type) {
      case 'edit-template':
        return editCommands(operation.target, operation.edits);
      case 'delete-pods':
        return operation.onlyNotReady === true ? deleteNotReady(snapshot) : [deleteCommand(snapshot)];
      case 'edit-service-account':
        return [accountCommand(operation, snapshot)];
      case 'write-pull-secret':
        return [secretCommand(operation)];
      case 'restore-pull-secret':
        return [restoreCommand(operation)];
      default:
        return operation satisfies never;
    }
  });
}

/** Those of the commands that follow from the operations alone. */
export function sureCommands(operations: readonly Operation[]): readonly string[] {
  return operations.flatMap((operation) => {
    switch (operation.type) {
      case 'edit-template':
        return editCommands(operation.target, operation.edits);
      case 'write-pull-secret':
        return [secretCommand(operation)];
      case 'restore-pull-secret':
        return [restoreCommand(operation)];
      case 'delete-pods':
      case 'edit-service-account':
        return [];
      default:
        return operation satisfies never;
    }
  });
}

type EditTemplate = Extract<Operation, { type: 'edit-template' }>;

function editCommands(target: EditTemplate['target'], edits: readonly TemplateEdit[]): readonly string[] {
  const { kind, namespace } = target;
  const name = formatWorkload(target);
  const images = edits.flatMap((edit) => (edit.field === 'image' ? [`${edit.container.name}=${edit.to}`] : []));
  const patch = strategicPatch(
    kind,
    edits.filter(({ field }) => field !== 'image'),
  );
  return [
    ...(images.length === 0 ? [] : [kubectl(namespace, 'set', 'image', name, ...images)]),
    ...(patch === undefined ? [] : [kubectl(namespace, 'patch', name, '--type=strategic', '-p', patch)]),
    ...(edits.some(({ field }) => field === 'restartedAt') ? [kubectl(namespace, 'rollout', 'restart', name)] : []),
  ];
}

function deleteCommand({ workload: { ref, selector } }: Snapshot): string {
  const pods = selector === '' ? ['pods', 'POD'] : ['pods', '-l', selector];
  return kubectl(ref.namespace, 'delete', ...pods);
}

/** By name: a selector cannot tell which pods are not Ready. */
function deleteNotReady(snapshot: Snapshot): readonly string[] {
  const { namespace, name } = snapshot.workload.ref;
  const names = notReadyPods(snapshot).filter((pod) => isOrdinalOf(name, pod));
  return names.length === 0 ? [] : [kubectl(namespace, 'delete', 'pods', ...names)];
}

/** Whether a pod is called as those of the StatefulSet are: `db-0`. */
export function isOrdinalOf(statefulSet: string, pod: string): boolean {
  return pod.startsWith(`${statefulSet}-`) && /^\d+$/.test(pod.slice(statefulSet.length + 1));
}

/** A service account's list is replaced as a whole by every kind of merge, so the command names all of it. */
function accountCommand(
  { target, change, pullSecret }: Extract<Operation, { type: 'edit-service-account' }>,
  { serviceAccount }: Snapshot,
): string {
  const before = (serviceAccount.known ? serviceAccount.value.pullSecretNames : []).filter(
    (name) => name !== pullSecret,
  );
  const names = change === 'add' ? [...before, pullSecret] : before;
  const patch = JSON.stringify({ imagePullSecrets: names.map((name) => ({ name })) });
  return kubectl(target.namespace, 'patch', `serviceaccount/${target.name}`, '-p', patch);
}

function secretCommand({ namespace, name, uid, key }: Extract<Operation, { type: 'write-pull-secret' }>): string {
  if (uid === null) {
    const server = `--docker-server=${key}`;
    const words = ['create', 'secret', 'docker-registry', name, server, '--docker-username=USER'];
    const made = kubectl(namespace, ...words, '--docker-password=PASSWORD', '--dry-run=client', '-o', 'yaml');
    return `${made} | kubectl apply -f -`;
  }
  // `create … | apply` would throw away the entries of other registries.
  const program = `.data[".dockerconfigjson"] |= (@base64d | fromjson | .auths[${JSON.stringify(key)}] = {auth: ("USER:PASSWORD" | @base64)} | tojson | @base64)`;
  const read = kubectl(namespace, 'get', 'secret', name, '-o', 'json');
  return `${read} | jq ${shellWord(program)} | kubectl replace -f -`;
}

function restoreCommand({ name, approval }: Extract<Operation, { type: 'restore-pull-secret' }>): string {
  return `# Secret ${name} gets back what it held before ${approval}`;
}

/** The way around an immutable Job template: the Job is deleted and made again, changed. */
export function replaceJob({ workload: { ref } }: Snapshot, edits: readonly TemplateEdit[]): string {
  const labels = ['controller-uid', 'batch.kubernetes.io/controller-uid']
    .map((label) => `.spec.template.metadata.labels[${JSON.stringify(label)}]`)
    .join(', ');
  const steps = edits.flatMap((edit) => {
    if (edit.field !== 'image' && edit.field !== 'imagePullPolicy') return [];
    const list = edit.container.type === 'init' ? 'initContainers' : 'containers';
    const [name, to] = [JSON.stringify(edit.container.name), JSON.stringify(edit.to)];
    return [`(.spec.template.spec.${list}[] | select(.name == ${name})).${edit.field} = ${to}`];
  });
  const program = [`del(.spec.selector, .status, ${labels})`, ...steps].join(' | ');
  const read = kubectl(ref.namespace, 'get', formatWorkload(ref), '-o', 'json');
  return `${read} | jq ${shellWord(program)} | kubectl replace --force -f -`;
}
