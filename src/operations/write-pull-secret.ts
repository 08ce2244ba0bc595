import { z } from 'zod';
import { ObjectName } from '../model/change/operation.ts';
import { cut } from '../model/text/words.ts';
import { annotationsOfObject } from './parts/annotations.ts';
import { kubectl, shellWord } from './parts/kubectl.ts';
import type { OperationKind } from './parts/operation-kind.ts';

const WritePullSecret = z.strictObject({
  type: z.literal('write-pull-secret'),
  namespace: z.string().min(1).max(63),
  name: ObjectName,
  /** Of the Secret as it was seen; null if there was none, and then none may exist. */
  uid: z.string().nullable(),
  /** Key below `auths`, as the kubelet matches it: `ghcr.io`, `https://index.docker.io/v1/`. */
  key: z.string().min(1).max(512),
  /** Name of the registry entry of the configuration whose credential is written. */
  registry: z.string().min(1),
});
export type WritePullSecret = z.infer<typeof WritePullSecret>;

/**
 * Creates a `kubernetes.io/dockerconfigjson` Secret, or sets one entry of an existing one and keeps all others. The
 * content comes from the worker's own configuration when it is applied. The previous content goes to a sibling Secret.
 */
export const writePullSecret: OperationKind<WritePullSecret> = {
  type: 'write-pull-secret',
  schema: WritePullSecret,
  needs: 'cluster',
  judge: 'rollout',
  touches: ({ namespace, name }) => ({ scope: 'namespace', kind: 'Secret', namespace, name }),
  lines({ name, uid, key, registry }) {
    const entry = `the entry ${cut(key, 120)} with the credential of ${cut(registry, 120)}`;
    const secret = `Secret ${cut(name, 120)}`;
    return [uid === null ? `${secret}: created with ${entry}` : `${secret}: gets ${entry}; its other entries stay`];
  },
  describe({ name, uid, key, registry }) {
    const secret = `secret/${name}`;
    const before = uid === null ? `${secret}: none` : `${secret}: as it was`;
    return { before, after: `${secret}: entry ${key} of registry ${registry}` };
  },
  commands: (operation) => [commandFor(operation)],
  isCommand: (operation, line) => line === commandFor(operation),
  reasons: () => [],
  /** The approval is not known while its plan is made; undo fills it in. */
  reverse: ({ namespace, name }) => ({
    operations: [{ type: 'restore-pull-secret', namespace, name, approval: 'this' }],
    cannot: [],
  }),
  /** Nothing is taken back by writing a credential. */
  isReverseOf: () => false,
  annotations: (operation, reach, reading) => annotationsOfObject({ ...operation, kind: 'Secret' }, reach, reading),
  apply: (operation, writer, how) => writer.writePullSecret(operation, how),
};

function commandFor({ namespace, name, uid, key }: WritePullSecret): string {
  if (uid === null) {
    const server = `--docker-server=${key}`;
    const words = ['create', 'secret', 'docker-registry', name, server, '--docker-username=USER'];
    const made = kubectl(namespace, ...words, '--docker-password=PASSWORD', '--dry-run=client', '-o', 'yaml');
    return `${made} | kubectl apply -f -`;
  }
  // `create … | apply` would discard the entries of other registries.
  const program = `.data[".dockerconfigjson"] |= (@base64d | fromjson | .auths[${JSON.stringify(key)}] = {auth: ("USER:PASSWORD" | @base64)} | tojson | @base64)`;
  const read = kubectl(namespace, 'get', 'secret', name, '-o', 'json');
  return `${read} | jq ${shellWord(program)} | kubectl replace -f -`;
}
