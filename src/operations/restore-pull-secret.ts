import { z } from 'zod';
import { ObjectName } from '../model/change/operation.ts';
import { cut } from '../model/text/words.ts';
import { annotationsOfObject } from './parts/annotations.ts';
import type { OperationKind } from './parts/operation-kind.ts';
import { writePullSecret } from './write-pull-secret.ts';

const RestorePullSecret = z.strictObject({
  type: z.literal('restore-pull-secret'),
  namespace: z.string().min(1).max(63),
  name: ObjectName,
  approval: z.string().min(1),
});
export type RestorePullSecret = z.infer<typeof RestorePullSecret>;

/**
 * Reverses what an approval wrote into a pull secret: the sibling's content returns, or the created Secret is deleted.
 */
export const restorePullSecret: OperationKind<RestorePullSecret> = {
  type: 'restore-pull-secret',
  schema: RestorePullSecret,
  needs: 'cluster',
  judge: 'rollout',
  touches: ({ namespace, name }) => ({ scope: 'namespace', kind: 'Secret', namespace, name }),
  lines: ({ name, approval }) => [
    `Secret ${cut(name, 120)}: its content from before ${cut(approval, 40)}; deleted if it did not exist then`,
  ],
  describe: ({ name, approval }) => ({
    before: `secret/${name}: as ${approval} left it`,
    after: `secret/${name}: as before ${approval}`,
  }),
  commands: (operation) => [commandFor(operation)],
  isCommand: (operation, line) => line === commandFor(operation),
  reasons: () => [],
  reverse: ({ name }) => ({
    operations: [],
    cannot: [`Secret ${name}: to have the credential in it again, add the pull secret again.`],
  }),
  isReverseOf: ({ namespace, name }, { operations }) =>
    operations.some((operation) => {
      const written = writePullSecret.schema.safeParse(operation).data;
      return written !== undefined && written.namespace === namespace && written.name === name;
    }),
  asUndo: (operation, { approval }) => ({ ...operation, approval }),
  annotations: (operation, reach, reading) => annotationsOfObject({ ...operation, kind: 'Secret' }, reach, reading),
  apply: (operation, writer, how) => writer.restorePullSecret(operation, how),
};

function commandFor({ name, approval }: RestorePullSecret): string {
  return `# Secret ${name} gets back its content from before ${approval}`;
}
