import type { Evidence } from '../../model/finding/finding.ts';
import { matchingEntries } from '../../model/image/keyring.ts';
import type { ImageProbe, PullSecret, PullSecretEntry, Snapshot } from '../../model/snapshot/snapshot.ts';
import { cut, listed } from '../../model/text/words.ts';
import { millisOf } from './time.ts';

/** The pull secrets that the workload names, grouped by their use for one image. */
export interface SecretsFor {
  readonly covering: readonly { readonly secret: PullSecret; readonly entry: PullSecretEntry }[];
  readonly missing: readonly string[];
  readonly unusable: readonly { readonly name: string; readonly problem: string }[];
  /** Usable, but no entry's key matches the image. */
  readonly elsewhere: readonly { readonly name: string; readonly keys: readonly string[] }[];
  readonly unread: readonly { readonly name: string; readonly why: string; readonly missingRight?: string }[];
}

/** Groups the named pull secrets for an image as the kubelet would match them. */
export function secretsFor({ pullSecrets }: Snapshot, probe: ImageProbe): SecretsFor {
  const result = { covering: [], missing: [], unusable: [], elsewhere: [], unread: [] } as {
    -readonly [K in keyof SecretsFor]: SecretsFor[K][number][];
  };
  for (const secret of pullSecrets) {
    const { name, content } = secret;
    if (!content.known) {
      const { why, missingRight } = content;
      result.unread.push({ name, why, ...(missingRight === undefined ? {} : { missingRight }) });
    } else if (content.value.state === 'missing') result.missing.push(name);
    else if (content.value.state === 'unusable') result.unusable.push({ name, problem: content.value.problem });
    else {
      const [entry] = probe.image.known ? matchingEntries(content.value.entries, probe.image.value) : [];
      if (entry === undefined) {
        result.elsewhere.push({ name, keys: content.value.entries.map(({ key }) => key) });
      } else result.covering.push({ secret, entry });
    }
  }
  return result;
}

/** Matching secrets whose credential states that it expired before the snapshot was taken. */
export function expiredAmong({ covering }: SecretsFor, takenAt: string): SecretsFor['covering'] {
  const now = millisOf(takenAt);
  return covering.filter(({ entry }) => {
    const end = millisOf(entry.expiresAt);
    return end !== undefined && now !== undefined && end <= now;
  });
}

/** The state of each named secret, as evidence. */
export function secretEvidence(secrets: SecretsFor, { workload, takenAt }: Snapshot): readonly Evidence[] {
  const expired = new Set(expiredAmong(secrets, takenAt).map(({ entry }) => entry));
  const line = (name: string, observed: string, at?: string): Evidence => ({
    source: 'secret',
    subject: `secret/${name} in ${workload.ref.namespace}`,
    observed,
    ...(at === undefined ? {} : { at }),
  });
  return [
    ...secrets.missing.map((name) => line(name, 'does not exist')),
    ...secrets.unusable.map(({ name, problem }) => line(name, `the kubelet ignores it: ${cut(problem, 200)}`)),
    ...secrets.elsewhere.map(({ name, keys }) =>
      line(name, keys.length === 0 ? 'has no registry entry' : `is for ${listed(keys.map((key) => cut(key, 80)))}`),
    ),
    ...secrets.covering.map(({ secret, entry }) =>
      line(
        secret.name,
        `has an entry for ${cut(entry.key, 80)}, user ${cut(entry.username, 60)}${entry.expiresAt === undefined ? '' : expired.has(entry) ? ', which has expired' : ', still valid'}`,
        entry.expiresAt,
      ),
    ),
    ...secrets.unread.map(({ name, why, missingRight }) =>
      line(
        name,
        missingRight === undefined ? `not readable: ${cut(why, 120)}` : `not readable: no right to ${missingRight}`,
      ),
    ),
  ];
}
