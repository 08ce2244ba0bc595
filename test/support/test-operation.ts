import { z } from 'zod';
import { WorkloadTarget } from '../../src/model/change/operation.ts';
import { annotationsOfWorkload } from '../../src/operations/parts/annotations.ts';
import { kubectl } from '../../src/operations/parts/kubectl.ts';
import type { OperationKind, OperationStanding } from '../../src/operations/parts/operation-kind.ts';

const Scale = z.strictObject({
  type: z.literal('scale'),
  target: WorkloadTarget.strict(),
  to: z.number().int(),
});
export type Scale = z.infer<typeof Scale>;

/** A kind of operation that only tests have: it takes time and reports its own progress. */
export function scaleKind(
  standing: () => OperationStanding = () => ({ kind: 'done', detail: 'scaled' }),
): OperationKind<Scale> {
  const edit = ({ target: { namespace, name, uid }, to }: Scale) => ({
    resource: { group: 'apps', version: 'v1', plural: 'deployments' },
    namespace,
    name,
    uid,
    fields: [{ path: ['spec', 'replicas'], from: 1, to }],
  });
  return {
    type: 'scale',
    schema: Scale,
    needs: 'cluster',
    touches: ({ target }) => ({ scope: 'workload', ...target }),
    lines: ({ to }) => [`scaled to ${to}`],
    describe: ({ to }) => ({ before: 'replicas: 1', after: `replicas: ${to}` }),
    commands: ({ target, to }) => [kubectl(target.namespace, 'scale', target.name, `--replicas=${to}`)],
    isCommand: ({ target, to }, line) => line === kubectl(target.namespace, 'scale', target.name, `--replicas=${to}`),
    reasons: () => [{ risk: 'medium', why: 'another number of pods' }],
    reverse: (operation) => ({ operations: [{ ...operation, to: 1 }], cannot: [] }),
    isReverseOf: ({ to }) => to === 1,
    annotations: ({ target }, reach, reading) => annotationsOfWorkload(target, reach, reading),
    async apply(operation, writer, how) {
      const applied = await writer.editObject(operation, edit(operation), how);
      return applied.kind === 'applied' ? { ...applied, kind: 'started' } : applied;
    },
    judge: async () => standing(),
  };
}
