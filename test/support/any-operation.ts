import type { Operation } from '../../src/model/change/operation.ts';
import type { DeletePods } from '../../src/operations/delete-pods.ts';
import type { EditServiceAccount } from '../../src/operations/edit-service-account.ts';
import type { EditTemplate } from '../../src/operations/edit-template.ts';
import type { RestorePullSecret } from '../../src/operations/restore-pull-secret.ts';
import type { WritePullSecret } from '../../src/operations/write-pull-secret.ts';
import type { Applied, Applying, ClusterWriter } from '../../src/ports/changes.ts';

/** Every operation of the product, distinguished by its type. */
export type AnyOperation = EditTemplate | EditServiceAccount | WritePullSecret | RestorePullSecret | DeletePods;

/** An operation that this test knows to be one of the product's. */
export function typed(operation: Operation): AnyOperation {
  return operation as AnyOperation;
}

/** A writer that carries out any operation. */
export function writerThat(apply: (operation: AnyOperation, how: Applying) => Promise<Applied>): ClusterWriter {
  const any = (operation: Operation, how: Applying) => apply(typed(operation), how);
  return {
    editTemplate: any,
    editServiceAccount: any,
    writePullSecret: any,
    restorePullSecret: any,
    deletePods: any,
    editObject: (operation, _edit, how) => any(operation, how),
  };
}
