import { holdApprovalScript } from '../../src/store/approvals/approvals-scripts.ts';
import type { Change } from './change.ts';

/** Whether a worker says to Redis here that it takes this change for itself. */
export function takes({ id }: Pick<Change, 'id'>, text: string): boolean {
  return text.includes(holdApprovalScript.sha1) && text.includes(id);
}
