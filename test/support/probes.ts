import { createHash } from 'node:crypto';
import { type ImageRef, parseImage } from '../../src/model/image/image.ts';
import type { ImageConfig, Manifest, Platform, ProbeFailure, ProbeOutcome } from '../../src/model/image/outcome.ts';
import type { ImageProbe, ProbeAttempt } from '../../src/model/snapshot/snapshot.ts';
import { known, unknown } from '../../src/model/values/fact.ts';

/** A digest derived from the word. */
export function digestOf(word: string): string {
  return `sha256:${createHash('sha256').update(word).digest('hex')}`;
}

export const amd64: Platform = { os: 'linux', architecture: 'amd64' };
export const arm64: Platform = { os: 'linux', architecture: 'arm64' };

export function found(word: string): ProbeOutcome {
  return { kind: 'found', digest: digestOf(word), mediaType: 'application/vnd.oci.image.index.v1+json' };
}

export function notFound(what: 'repository' | 'tag' | 'digest' | 'unclear' = 'unclear'): ProbeOutcome {
  return { kind: 'not-found', what, status: 404, code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' };
}

type Refused = Extract<ProbeFailure, { kind: 'unauthorized' | 'forbidden' }>;

export function refused(status: 401 | 403, patch: Partial<Refused> = {}): ProbeOutcome {
  const kind = status === 401 ? 'unauthorized' : 'forbidden';
  return { kind, stage: 'token', status, message: 'requested access to the resource is denied', ...patch };
}

export function unreachable(how: Extract<ProbeFailure, { kind: 'unreachable' }>['how'] = 'timeout'): ProbeOutcome {
  return { kind: 'unreachable', how, message: 'connect ETIMEDOUT', url: 'https://registry.invalid/v2/' };
}

export function serverError(status = 503): ProbeOutcome {
  return { kind: 'server-error', status, message: 'Service Unavailable', url: 'https://registry.invalid/v2/' };
}

export function notProbed(why: 'spared' | 'guarded' | 'realm-not-allowed' | 'deadline'): ProbeOutcome {
  return { kind: 'not-probed', why, message: 'chose not to ask' };
}

export const html: ProbeOutcome = {
  kind: 'not-a-registry',
  status: 200,
  contentType: 'text/html',
  sample: '<!DOCTYPE html><html><title>Sign in</title>',
  url: 'https://registry.invalid/login',
};

/** An attempt at the registry itself; with a Secret's name, an attempt with that secret. */
export function as(who: ProbeAttempt['as'], outcome: ProbeOutcome, secretName?: string): ProbeAttempt {
  const via = { kind: 'origin' as const, host: 'registry' };
  return { as: who, via, outcome, ...(secretName === undefined ? {} : { secretName }) };
}

export function viaMirror(outcome: ProbeOutcome, host = 'mirror.test'): ProbeAttempt {
  return { as: 'workload', via: { kind: 'mirror', host }, outcome };
}

export function anImage(word: string): Manifest {
  return {
    digest: digestOf(word),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    body: { kind: 'image', configDigest: digestOf(`${word} config`), layersBytes: 1000 },
  };
}

export function anIndex(word: string, platforms: readonly Platform[]): Manifest {
  return {
    digest: digestOf(word),
    mediaType: 'application/vnd.oci.image.index.v1+json',
    body: {
      kind: 'index',
      children: platforms.map((platform) => ({ digest: digestOf(`${word} ${platform.architecture}`), platform })),
    },
  };
}

export function aConfig(word: string, patch: Partial<ImageConfig> = {}): ImageConfig {
  return { digest: digestOf(`${word} config`), platform: amd64, env: [], ...patch };
}

/** What a probe of this image finds; by default the image whose digest `aState` runs. */
export function aProbe(text: string, containers: readonly string[], patch: Partial<ImageProbe> = {}): ImageProbe {
  const parsed = parseImage(text);
  const image = parsed.ok ? known<ImageRef>(parsed.image) : unknown<ImageRef>('not an image reference');
  const attempts = patch.attempts ?? (parsed.ok ? [as('workload', found(text))] : []);
  const byOriginFirst = [...attempts].sort((a, b) => Number(a.via.kind === 'mirror') - Number(b.via.kind === 'mirror'));
  const resolved = byOriginFirst.map(({ outcome }) => outcome).find(({ kind }) => kind === 'found');
  return {
    text,
    containers,
    image,
    provider: 'generic',
    attempts,
    digest: resolved?.kind === 'found' ? known(resolved.digest) : unknown('not resolved'),
    manifest: unknown('not needed'),
    configs: unknown('not needed'),
    tags: unknown('not needed'),
    candidates: [],
    botHasCredential: attempts.some((attempt) => attempt.as === 'bot'),
    ...patch,
  };
}
