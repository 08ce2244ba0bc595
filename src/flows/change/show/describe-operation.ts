import type { Operation, TemplateEdit } from '../../../model/change/operation.ts';

/** What an operation finds and leaves, by its own guards; for records, without secrets. */
export function describeOperation(operation: Operation): { readonly before: string; readonly after: string } {
  switch (operation.type) {
    case 'edit-template': {
      const edits = operation.edits.map(describeEdit);
      return {
        before: edits.map(({ before }) => before).join(', '),
        after: edits.map(({ after }) => after).join(', '),
      };
    }
    case 'edit-service-account': {
      const what = `imagePullSecrets ${operation.pullSecret} of serviceaccount/${operation.target.name}`;
      return sides(operation.change, what);
    }
    case 'write-pull-secret': {
      const what = `secret/${operation.name}`;
      const before = operation.uid === null ? `${what}: none` : `${what}: as it was`;
      return { before, after: `${what}: entry ${operation.key} of registry ${operation.registry}` };
    }
    case 'restore-pull-secret':
      return {
        before: `secret/${operation.name}: as ${operation.approval} left it`,
        after: `secret/${operation.name}: as before ${operation.approval}`,
      };
    case 'delete-pods':
      if (operation.onlyNotReady === true) {
        const what = `pods of ${operation.workload.name} that were not Ready`;
        return { before: `${what}: of the template before`, after: `${what}: made again` };
      }
      return {
        before: `pods of ${operation.workload.name} created before ${operation.createdBefore}`,
        after: `pods of ${operation.workload.name}: made again`,
      };
  }
  return operation satisfies never;
}

function describeEdit(edit: TemplateEdit): { readonly before: string; readonly after: string } {
  switch (edit.field) {
    case 'image':
      return { before: `${edit.container.name}: ${edit.from}`, after: `${edit.container.name}: ${edit.to}` };
    case 'imagePullPolicy':
      return {
        before: `${edit.container.name}: pull policy ${edit.from ?? 'unset'}`,
        after: `${edit.container.name}: pull policy ${edit.to ?? 'unset'}`,
      };
    case 'imagePullSecrets':
      return sides(edit.change, `imagePullSecrets ${edit.name} of the template`);
    case 'restartedAt':
      return { before: 'not restarted', after: `restarted at ${edit.to}` };
  }
  return edit satisfies never;
}

function sides(change: 'add' | 'remove', what: string): { readonly before: string; readonly after: string } {
  const [without, having] = [`without ${what}`, `with ${what}`];
  return change === 'add' ? { before: without, after: having } : { before: having, after: without };
}
