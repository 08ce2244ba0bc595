import type { Operation } from '../../model/change/operation.ts';
import type { Applied, Applying, ChangeReader, ClusterWriter } from '../../ports/changes.ts';
import type { ClusterSource } from '../read/read.ts';
import { recordEvent } from './change-event.ts';
import { createChangeReader } from './change-reader.ts';
import { deletePods } from './delete-pods.ts';
import { editServiceAccount } from './edit-service-account.ts';
import { editTemplate } from './edit-template.ts';
import { restorePullSecret } from './restore-pull-secret.ts';
import { writePullSecret } from './write-pull-secret.ts';

/** Changes one cluster, and reads what only changes need, over the reader's own connection. */
export function createClusterWriter(source: ClusterSource): ClusterWriter & ChangeReader {
  return {
    ...createChangeReader(source),
    apply: (operation, how) => apply(source, operation, how),
    event: (event, reading) => recordEvent(source, event, reading),
  };
}

async function apply(source: ClusterSource, operation: Operation, how: Applying): Promise<Applied> {
  switch (operation.type) {
    case 'edit-template':
      return await editTemplate(source, operation, how);
    case 'edit-service-account':
      return await editServiceAccount(source, operation, how);
    case 'write-pull-secret':
      return await writePullSecret(source, operation, how);
    case 'restore-pull-secret':
      return await restorePullSecret(source, operation, how);
    case 'delete-pods':
      return await deletePods(source, operation, how);
    default:
      return operation satisfies never;
  }
}
