import { type Owned, ownedBy } from '../../model/change/git-owner.ts';
import { cut, listed } from '../../model/text/words.ts';
import { refuse } from './refuse.ts';
import type { Identity, Refusal, RemedyWorld } from './remedy.ts';

/** A Secret that may be written: its uid, or null if it does not exist yet. */
export interface WritableSecret {
  readonly uid: string | null;
  readonly warnings: readonly string[];
}

const usableType = 'kubernetes.io/dockerconfigjson';
/**
 * Annotations of programs that write Secrets themselves; the owner reference is missing if such a program only merges
 * into a Secret.
 */
const foreignAnnotations: readonly (readonly [prefix: string, who: string])[] = [
  ['reconcile.external-secrets.io/', 'External Secrets'],
  ['sealedsecrets.bitnami.com/', 'Sealed Secrets'],
];
const foreignManagers: readonly (readonly [pattern: RegExp, who: string])[] = [
  [/^external-?secrets(?:$|[./])/, 'External Secrets'],
  [/^sealed-?secrets(?:$|-controller$)/, 'Sealed Secrets'],
];

/**
 * Whether a Secret with this name can be created or given another entry. Secrets that someone else maintains are left
 * alone.
 */
export function writableSecret(name: string, { secrets, snapshot }: RemedyWorld): WritableSecret | Refusal {
  const found = secrets.get(name);
  const { namespace } = snapshot.workload.ref;
  if (found === undefined || found.kind === 'unknown') {
    const why = found === undefined ? 'it was not looked up' : cut(found.why, 160);
    const right = found?.missingRight === undefined ? '' : ` (no right to ${found.missingRight})`;
    return refuse(`Couldn’t check whether Secret ${name} exists: ${why}${right}.`);
  }
  if (found.kind === 'absent') return { uid: null, warnings: [] };
  const { uid, type } = found.value;
  const other = 'Name another Secret: secret NAME';
  if (type !== usableType) {
    return refuse(`Secret ${name} in ${namespace} is of type ${cut(type ?? 'unknown', 80)}, not ${usableType}.`, other);
  }
  const keeper = keeperOf(found.value);
  if (keeper !== undefined) {
    return refuse(
      `Secret ${name} in ${namespace} is kept up by ${keeper}, which would write it back.`,
      `Change it there, or name another Secret: secret NAME`,
    );
  }
  const git = gitOwnerOfIdentity(found.value);
  return {
    uid,
    warnings:
      git === undefined ? [] : [`Secret ${name} is kept in Git (${git.tool}), which may set it back: change it there.`],
  };
}

/** Who keeps a Secret or service account in Git, as its metadata says. */
export function gitOwnerOfIdentity({ annotations, managers }: Identity): Owned | undefined {
  return ownedBy({ annotations, managers: managers.map((name) => ({ name })) });
}

function keeperOf({ owners, annotations, managers }: Identity): string | undefined {
  if (owners.length > 0) return listed(owners.map((owner) => cut(owner, 120)));
  const annotated = foreignAnnotations.find(([prefix]) =>
    Object.keys(annotations).some((key) => key.startsWith(prefix)),
  );
  const written = foreignManagers.find(([pattern]) => managers.some((manager) => pattern.test(manager)));
  return annotated?.[1] ?? written?.[1];
}
