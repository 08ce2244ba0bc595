import { type Explanation, explainText } from '../../explain/explain.ts';
import { parseKubeletEvent } from '../../explain/kubelet-events.ts';
import type { Cause } from '../../model/finding/cause.ts';
import type { Confidence, Evidence } from '../../model/finding/finding.ts';
import { isPullFailing } from '../../model/snapshot/pods.ts';
import type { ClusterEvent, ImageProbe, Snapshot } from '../../model/snapshot/snapshot.ts';
import { eventsNaming } from './per-snapshot.ts';
import { podsText, type Seen } from './seen.ts';
import { millisOf } from './time.ts';

/** The kubelet's messages about an image, and what they mean. */
export interface KubeletWords {
  readonly text: string;
  readonly cause: Cause;
  readonly confidence: Confidence;
  /** The address that failed, where the message names it. */
  readonly address?: Explanation['address'];
  readonly source: 'pod' | 'event';
  readonly subject: string;
  readonly at?: string;
}

/** Messages without a cause, the less informative last: words that nobody understands say more than that it waits. */
const silent: readonly Cause[] = ['unknown', 'backoff_only'];
/** A thousand replicas fail with a handful of messages. */
const mostTexts = 12;

/**
 * What pods and events report about a failing image, the most informative first: a message with a cause before one
 * without, the pod's status before its events (which expire and are merged), the latest event first.
 */
export function saidAbout(snapshot: Snapshot, probe: ImageProbe, failing: readonly Seen[]): readonly KubeletWords[] {
  const host = probe.image.known ? probe.image.value.registry : undefined;
  const texts = [...statusTexts(failing), ...eventTexts(snapshot, probe, failing)].slice(0, mostTexts * 2);
  const read = texts.slice(0, mostTexts).map((text): KubeletWords => {
    return { ...text, ...meaningOf(text.text, host === undefined ? {} : { host }) };
  });
  return read.toSorted((a, b) => silent.indexOf(a.cause) - silent.indexOf(b.cause));
}

/**
 * What a message means. That the kubelet waits is no cause: if the message goes on, what follows counts, even if nobody
 * understands it.
 */
function meaningOf(
  text: string,
  where: { readonly host?: string },
): Pick<KubeletWords, 'cause' | 'confidence' | 'address'> {
  const whole = explainText(text, where);
  const rest = whole.cause === 'backoff_only' ? withoutWaiting(text) : '';
  const { cause, confidence, address } = rest === '' ? whole : explainText(rest, where);
  return { cause, confidence, ...(address === undefined ? {} : { address }) };
}

/** What a message says besides that the kubelet waits for an image; empty if nothing. */
function withoutWaiting(text: string): string {
  const bare = text.trim().replace(/^(?:ErrImagePull|ImagePullBackOff)(?:: |$)/, '');
  const event = parseKubeletEvent(bare);
  if (event?.kind === 'back-off' || event?.kind === 'failed') return withoutWaiting(event.reason ?? '');
  return bare;
}

/** The kubelet's messages as evidence, each once: newer kubelets repeat the event's message in the pod's status. */
export function saidEvidence(said: readonly KubeletWords[], max = 2): readonly Evidence[] {
  const telling = said.filter(({ cause }) => !silent.includes(cause));
  const chosen: KubeletWords[] = [];
  for (const each of telling.length > 0 ? telling : said) {
    const repeated = chosen.some(({ text }) => text.includes(withoutEventPrefix(each.text)));
    if (!repeated && chosen.length < max) chosen.push(each);
  }
  return chosen.map(({ source, subject, text, at }) => ({
    source,
    subject,
    observed: text,
    ...(at === undefined ? {} : { at }),
  }));
}

function withoutEventPrefix(text: string): string {
  return text.replace(/^Failed to pull image "[^"]*": /, '');
}

type Text = Omit<KubeletWords, 'cause' | 'confidence' | 'address'>;

function statusTexts(failing: readonly Seen[]): readonly Text[] {
  const byText = new Map<string, Seen[]>();
  for (const seen of failing) {
    const { waiting } = seen.state;
    if (waiting === undefined || !isPullFailing(seen.state)) continue;
    const text = waiting.message === '' ? waiting.reason : `${waiting.reason}: ${waiting.message}`;
    const same = byText.get(text);
    if (same === undefined) byText.set(text, [seen]);
    else same.push(seen);
  }
  return [...byText].map(([text, seen]) => ({ text, source: 'pod', subject: podsText(seen.map(({ pod }) => pod)) }));
}

function eventTexts(snapshot: Snapshot, probe: ImageProbe, failing: readonly Seen[]): readonly Text[] {
  const pods = new Set(failing.map(({ pod }) => pod.name));
  const byText = new Map<string, ClusterEvent>();
  const about = [...pods]
    .flatMap((pod) => eventsNaming(snapshot, pod, probe.text))
    .filter(({ object, type }) => object.kind === 'Pod' && type !== 'Normal');
  for (const event of about.sort((a, b) => (millisOf(b.lastAt) ?? 0) - (millisOf(a.lastAt) ?? 0))) {
    if (!byText.has(event.message)) byText.set(event.message, event);
  }
  return [...byText.values()].map(({ message, object, lastAt }) => ({
    text: message,
    source: 'event',
    subject: `pod/${object.name}`,
    ...(lastAt === undefined ? {} : { at: lastAt }),
  }));
}
