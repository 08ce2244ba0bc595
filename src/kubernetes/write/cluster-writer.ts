import type { ChangeEvents, ChangeReader, ClusterWriter } from '../../ports/changes.ts';
import type { ClusterSource } from '../read/read.ts';
import { recordEvent } from './change-event.ts';
import { createChangeReader } from './change-reader.ts';
import { removePods } from './delete-pods.ts';
import { changeObject } from './edit-object.ts';
import { changeServiceAccount } from './edit-service-account.ts';
import { changeTemplate } from './edit-template.ts';
import { putBackPullSecret } from './restore-pull-secret.ts';
import { setPullSecret } from './write-pull-secret.ts';

/** Changes one cluster, and reads what only changes need, over the reader's own connection. */
export function createClusterWriter(source: ClusterSource): ClusterWriter & ChangeEvents & ChangeReader {
  return {
    ...createChangeReader(source),
    editTemplate: (operation, how) => changeTemplate(source, operation, how),
    editServiceAccount: (operation, how) => changeServiceAccount(source, operation, how),
    writePullSecret: (operation, how) => setPullSecret(source, operation, how),
    restorePullSecret: (operation, how) => putBackPullSecret(source, operation, how),
    editObject: (operation, edit, how) => changeObject(source, operation, edit, how),
    deletePods: (operation, how) => removePods(source, operation, how),
    event: (event, reading) => recordEvent(source, event, reading),
  };
}
