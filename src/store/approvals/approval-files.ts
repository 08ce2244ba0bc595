import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Approval } from '../../model/approval/approval.ts';
import type { AuditTrail } from '../../ports/audit.ts';
import type { OwnApprovals } from './terminal-approvals.ts';

/**
 * Approvals as files of one directory, by their id alone, where Redis cannot be reached: nobody else changes what lies
 * below one person's home directory. Audit events go to the trail and have no separate key.
 */
export function approvalFiles(directory: string, audit: Pick<AuditTrail, 'append'>): OwnApprovals {
  const fileOf = (id: string): string => join(directory, `${id}.json`);
  const write = async (approval: Approval): Promise<void> => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(fileOf(approval.id), JSON.stringify(z.encode(Approval, approval)), { mode: 0o600 });
  };
  return {
    async create(approval, change) {
      await audit.append(change.audit);
      await write({ ...approval, revision: 0 });
      return 'created';
    },
    get: async (_, id) => read(await readFile(fileOf(id), 'utf8').catch(() => undefined)),
    async change(next, change) {
      const stored = { ...next, revision: next.revision + 1 };
      await audit.append(change.audit);
      await write(stored);
      return stored;
    },
  };
}

function read(text: string | undefined): Approval | undefined {
  if (text === undefined) return undefined;
  try {
    return Approval.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
