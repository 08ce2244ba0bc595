import type { Confidence, Evidence } from '../../model/finding/finding.ts';
import { familiarImage } from '../../model/image/image.ts';
import type { ProbeFailure, ProbeOutcome } from '../../model/image/outcome.ts';
import { providerOf } from '../../model/providers/index.ts';
import type { ImageProbe, ProbeAttempt } from '../../model/snapshot/snapshot.ts';
import { cut, shortDigest } from '../../model/text/words.ts';

/** The attempts to resolve one image, by identity (docs/how-it-decides.md#as-whom-an-image-resolves). */
export interface Access {
  /** At the registry itself: the best answer that the workload gets. */
  readonly workload?: ProbeAttempt;
  readonly anonymous?: ProbeAttempt;
  readonly bot?: ProbeAttempt;
  readonly mirrors: readonly ProbeAttempt[];
  /** At least one pull secret of the workload matched this registry and was tried. */
  readonly sentCredential: boolean;
}

/** Groups the attempts. The kubelet tries every matching credential, so one success is enough. */
export function accessOf({ attempts }: ImageProbe): Access {
  const origin = attempts.filter(({ via }) => via.kind === 'origin');
  const asWorkload = origin.filter((attempt) => attempt.as === 'workload');
  const workload =
    asWorkload.find(isFound) ?? asWorkload.find(({ secretName }) => secretName !== undefined) ?? asWorkload[0];
  const sentCredential = asWorkload.some(({ secretName }) => secretName !== undefined);
  const anonymous =
    origin.find((attempt) => attempt.as === 'anonymous') ??
    asWorkload.find(({ secretName }) => secretName === undefined);
  const bot = origin.find((attempt) => attempt.as === 'bot');
  return {
    ...(workload === undefined ? {} : { workload }),
    ...(anonymous === undefined ? {} : { anonymous }),
    ...(bot === undefined ? {} : { bot }),
    mirrors: attempts.filter(({ via }) => via.kind === 'mirror'),
    sentCredential,
  };
}

/** Whether this attempt got the manifest. */
export function isFound(attempt: ProbeAttempt | undefined): boolean {
  return attempt?.outcome.kind === 'found';
}

/** Whether the registry answered this attempt with "not found". */
export function isAbsent(attempt: ProbeAttempt | undefined): boolean {
  return attempt?.outcome.kind === 'not-found';
}

/**
 * How much a "not found" proves. A host that may be a cache or proxy of another registry (Harbor, Nexus, Artifactory, a
 * cache rule) answers the same when its upstream fails or refuses it, so it never makes an absence certain.
 */
export function confidenceInAbsence({ image }: Pick<ImageProbe, 'image'>): Confidence {
  return image.known && !providerOf(image.value.registry).messages.mayBeCache ? 'certain' : 'likely';
}

/** A 401 or 403, at any stage. */
export type AccessRefusal = Extract<ProbeFailure, { kind: 'unauthorized' | 'forbidden' }>;

/** The refusal of this attempt, if it was refused. */
export function refusalOf(attempt: ProbeAttempt | undefined): AccessRefusal | undefined {
  const outcome = attempt?.outcome;
  return outcome?.kind === 'unauthorized' || outcome?.kind === 'forbidden' ? outcome : undefined;
}

/**
 * The result of every attempt, one line each: the comparison that the diagnosis is based on. `isBlind`: at least one
 * pull secret could not be read.
 */
export function attemptEvidence(probe: ImageProbe, max: number, isBlind: boolean): readonly Evidence[] {
  const subject = probe.image.known ? familiarImage(probe.image.value) : probe.text;
  return probe.attempts.slice(0, max).map((attempt) => ({
    source: 'registry',
    subject,
    observed: `${whoText(attempt, isBlind)}: ${outcomeText(attempt.outcome)}`,
  }));
}

/** `as the workload (Secret regcred)`, `as the bot`, `anonymously`, `as the workload through mirror m.example`. */
function whoText({ as, secretName, via }: ProbeAttempt, isBlind: boolean): string {
  const where = via.kind === 'mirror' ? `, through the mirror ${via.host}` : '';
  if (as === 'bot') return `with imagecheck's own credential${where}`;
  if (as === 'anonymous') return `anonymously${where}`;
  const none = isBlind ? 'without its pull secrets, which couldn’t be read' : 'anonymously; no pull secret matches';
  return `as the workload (${secretName === undefined ? none : `Secret ${secretName}`})${where}`;
}

/** One line for an outcome; the registry's own words are untrusted and short. */
export function outcomeText(outcome: ProbeOutcome): string {
  switch (outcome.kind) {
    case 'found':
      return `found, ${shortDigest(outcome.digest)}`;
    case 'not-found':
      return `${outcome.status} ${quoted(outcome.code, outcome.message)}`;
    case 'unauthorized':
    case 'forbidden':
      return `${outcome.status} from the ${outcome.stage === 'token' ? 'token service' : 'registry'} ${quoted(outcome.code, outcome.message)}`;
    case 'rate-limited':
      return `429 ${quoted(undefined, outcome.message)}`;
    case 'not-a-registry':
      return `${outcome.status} ${outcome.contentType === '' ? 'without a content type' : cut(outcome.contentType, 60)} instead of the registry protocol: ${JSON.stringify(cut(outcome.sample, 80))}`;
    case 'unreachable':
      return `not reached (${outcome.how}): ${cut(outcome.message, 200)}`;
    case 'server-error':
      return outcome.message === `status ${outcome.status}`
        ? `${outcome.status}`
        : `${outcome.status} ${quoted(undefined, outcome.message)}`;
    case 'bad-content':
      return `an invalid answer: ${cut(outcome.message, 200)}`;
    case 'not-probed':
      return `not asked (${outcome.why}): ${cut(outcome.message, 200)}`;
    default:
      return outcome satisfies never;
  }
}

function quoted(code: string | undefined, message: string): string {
  const words = cut(message, 200);
  const text = code === undefined || words.toUpperCase().startsWith(code.toUpperCase()) ? words : `${code} ${words}`;
  return text.trim();
}
