import { z } from 'zod';
import { foreignRecord } from '../../model/values/foreign.ts';
import { type Credential, Secret } from '../../model/values/secret.ts';
import type { PullSecretContent } from '../../ports/cluster.ts';
import { credentialExpiry } from './credential-expiry.ts';
import type { SecretObject } from './objects.ts';

/** The annotation that a credential refresher sets on the Secret. */
const expiresAtKey = 'imagecheck.dev/expires-at';

const formats: Readonly<Record<string, { readonly key: string; readonly nested: boolean }>> = {
  'kubernetes.io/dockerconfigjson': { key: '.dockerconfigjson', nested: true },
  'kubernetes.io/dockercfg': { key: '.dockercfg', nested: false },
};

/** The fields that the kubelet reads; `identitytoken` and `registrytoken` are not among them. */
const Entry = z
  .object({ username: z.string().nullish(), password: z.string().nullish(), auth: z.string().nullish() })
  .nullable();
const Entries = foreignRecord(Entry);
const ConfigJson = z.object({ auths: Entries.nullish() });

/**
 * Decodes a pull secret as the kubelet does (`pkg/credentialprovider/{config.go,secrets}`): by type, one bad entry
 * invalidates the whole Secret, and a Secret of another type is ignored.
 */
export function pullSecretOf({ metadata, type, data }: SecretObject): PullSecretContent {
  const annotations = metadata.annotations ?? {};
  const about = { type: type ?? '', createdAt: metadata.creationTimestamp ?? '', annotations };
  const unusable = (problem: string): PullSecretContent => ({ ...about, problem, entries: [] });
  const format = Object.hasOwn(formats, about.type) ? formats[about.type] : undefined;
  if (format === undefined) {
    return unusable(
      `its type is ${about.type || 'empty'}, and the kubelet reads only ${Object.keys(formats).join(' and ')}`,
    );
  }
  const encoded = data?.[format.key];
  if (encoded === undefined || encoded === '') return unusable(`it has no ${format.key}`);
  const auths = authsOf(Buffer.from(encoded, 'base64').toString('utf8'), format.nested);
  if (typeof auths === 'string') return unusable(auths);
  return { ...about, ...decode(auths, dateIn(annotations[expiresAtKey])) };
}

function authsOf(text: string, nested: boolean): z.infer<typeof Entries> | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'its content isn’t valid JSON';
  }
  const parsed = nested ? ConfigJson.transform(({ auths }) => auths ?? {}).safeParse(json) : Entries.safeParse(json);
  if (!parsed.success) return 'its JSON is not that of a Docker configuration';
  return Object.keys(parsed.data).length === 0 ? 'it names no registry' : parsed.data;
}

function decode(
  auths: z.infer<typeof Entries>,
  annotated: Date | undefined,
): Pick<PullSecretContent, 'problem' | 'entries'> {
  const entries: { readonly key: string; readonly credential: Credential }[] = [];
  for (const [key, entry] of Object.entries(auths)) {
    const pair = pairOf(entry);
    if (pair === 'malformed') return { problem: `the auth of ${key} is not base64 of user:password`, entries: [] };
    if (pair === undefined) continue;
    const expiresAt = credentialExpiry(pair.password) ?? annotated;
    const password = new Secret(pair.password);
    entries.push({ key, credential: { username: pair.username, password, ...(expiresAt ? { expiresAt } : {}) } });
  }
  if (entries.length > 0) return { entries };
  return {
    problem: 'its entries have no user name and password (identity tokens are not read by the kubelet)',
    entries,
  };
}

/** `auth` takes precedence over user name and password. Undefined if there is nothing to log in with. */
function pairOf(
  entry: z.infer<typeof Entry>,
): { readonly username: string; readonly password: string } | 'malformed' | undefined {
  const { auth, username, password } = entry ?? {};
  if (auth != null && auth !== '') {
    const decoded = decodeBase64(auth);
    const colon = decoded?.indexOf(':') ?? -1;
    if (decoded === undefined || colon < 0) return 'malformed';
    return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  }
  if ((username ?? '') === '' && (password ?? '') === '') return undefined;
  return { username: username ?? '', password: password ?? '' };
}

/**
 * Go's decoder skips line breaks, refuses every other foreign character, and requires padding to be complete or absent.
 */
function decodeBase64(text: string): string | undefined {
  const compact = text.replace(/[\r\n]/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return undefined;
  const unpadded = compact.replace(/(?<!=)=+$/, '');
  const wrongPadding = compact.endsWith('=') && compact.length % 4 !== 0;
  if (wrongPadding || unpadded.length % 4 === 1) return undefined;
  return Buffer.from(compact, 'base64').toString('utf8');
}

function dateIn(text: string | undefined): Date | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : new Date(at);
}
