import { neededKeys } from '../flows/change/request/needed-keys.ts';
import type { Log } from '../log.ts';
import type { SigningSetting } from '../model/approval/approval-settings.ts';
import { keyIdOf, readPublicKey } from '../model/approval/signatures.ts';
import type { SignedApprovals } from '../ports/approvals.ts';
import type { NeededKey, WorkerState } from '../ports/records.ts';
import { every } from '../timing/every.ts';

/** How often the records are looked at. */
const lookEveryMs = 30_000;

/** Which signing keys a process has, and which the records still need. */
export interface KeyWatch {
  /** For the heartbeat. */
  readonly state: () => Required<Pick<WorkerState, 'trustedKeys' | 'neededKeys'>>;
  stop(): Promise<void>;
}

/**
 * Looks which keys the records need, now and from now on, and logs that whenever it changes: a key that is needed stays
 * in the configuration, and one that is missing there makes people start over.
 */
export async function watchKeys(approvals: SignedApprovals, signing: SigningSetting, log: Log): Promise<KeyWatch> {
  const keys = signing.publicKeys.map(readPublicKey);
  const trustedKeys = keys.map(keyIdOf);
  let needed: readonly NeededKey[] = [];
  let said = '';
  const look = async (): Promise<void> => {
    needed = await neededKeys(approvals, keys);
    const ids = needed.map(({ id }) => id);
    if (ids.join() === said) return;
    said = ids.join();
    const isMissing = ids.some((id) => !trustedKeys.includes(id));
    if (isMissing)
      log.warn({ needed, trusted: trustedKeys }, 'records need a signing key that is not in signing.publicKeys');
    else log.info({ needed, trusted: trustedKeys }, 'signing keys that records still need');
  };
  // A Redis that stops answering is logged elsewhere.
  await look().catch(() => {});
  const looking = every(lookEveryMs, look);
  return { state: () => ({ trustedKeys, neededKeys: needed }), stop: () => looking.stop() };
}
