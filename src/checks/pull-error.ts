import { explainText } from '../explain/explain.ts';
import type { Evidence } from '../model/finding/finding.ts';
import { isPullFailing } from '../model/snapshot/pods.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { cut, distinct } from '../model/text/words.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { groupBy } from './evidence/grouping.ts';
import { type ContainerLines, logLinesOf } from './evidence/log-lines.ts';
import { type PullGroup, pullGroups } from './evidence/pull.ts';
import { groupText, pullDraft, waitingText } from './evidence/pull-draft.ts';
import { isServedInFull, livePods, podsText, type Seen, seenContainers } from './evidence/seen.ts';
import { millisOf } from './evidence/time.ts';
import type { PullReason } from './evidence/verdict.ts';

/** Waiting reasons before the program runs that are neither a pull nor a crash. */
const createReasons = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'PreCreateHookError',
  'PostStartHookError',
]);

/**
 * The last resort: the messages of kubelet, runtime and log in their own words, with what `explain` makes of them, if
 * no other check knows more. Also covers pods that are not created or not scheduled, so that a report never calls them
 * healthy.
 */
export const pullError = defineCheck({
  id: 'pull-error',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'pull-error')) yield pulling(group);
    yield* creating(snapshot);
    for (const log of logLinesOf(snapshot)) yield* logged(log);
    yield* unscheduled(snapshot);
    yield* notMade(snapshot);
    yield* unseen(snapshot);
  },
});

/** Without the pods nothing is known about what runs; the registry side is still reported. */
function* unseen({ pods, workload }: Snapshot): Iterable<Draft> {
  if (pods.known) return;
  const why = pods.missingRight === undefined ? pods.why : `no right to ${pods.missingRight}`;
  yield {
    status: 'unknown',
    cause: 'unknown',
    confidence: 'certain',
    title: `The pods of ${formatWorkload(workload.ref)} couldn’t be read, so their state is unknown`,
    evidence: [{ source: 'pod', subject: formatWorkload(workload.ref), observed: why }],
    next:
      pods.missingRight === undefined
        ? 'Check again; the API server didn’t answer properly.'
        : `Grant imagecheck the right to ${pods.missingRight} in ${workload.ref.namespace}.`,
  };
}

function pulling(group: PullGroup): Draft {
  const [{ said, probe }] = group.rulings;
  const host = probe.image.known ? { host: probe.image.value.registry } : {};
  const { meaning, next } = explainText(said[0]?.text ?? '', host);
  const { first, rest } = sentencesOf(meaning);
  const now = registryNow[group.reason];
  return pullDraft(group, {
    title:
      now === undefined
        ? `${groupText(group)} can't be pulled: ${cut(first, 160)}`
        : `${groupText(group)}: the pull failed, but ${now.title}`,
    conclusion: [now?.conclusion ?? rest, waitingText(group), eventsUnread(group)]
      .filter((text) => text !== '')
      .join(' '),
    next: now?.next ?? next,
  });
}

/** What the registry answers now, where the node was told something else before. */
const registryNow: Partial<
  Record<PullReason, { readonly title: string; readonly conclusion: string; readonly next: string }>
> = {
  'resolves-now': {
    title: 'the image is available now',
    conclusion:
      'The registry now answers with the workload’s own credentials: it has been fixed or published since, or only some nodes have the problem.',
    next: 'Wait for the next attempt (the kubelet waits up to 5 minutes), or delete the pod; if it fails again, compare the nodes.',
  },
  'reference-resolves': {
    title: 'its reference resolves now',
    conclusion:
      'The registry now answers for the reference with the workload’s own credentials, so what the node was told may be over; whether these nodes get the whole image is not known.',
    next: 'Delete the pod and read the message of its next attempt, or pull the image on one of the nodes (crictl pull).',
  },
};

/** A title takes the first sentence, which goes on after a colon there; the conclusion takes what follows it. */
function sentencesOf(meaning: string): { readonly first: string; readonly rest: string } {
  const end = /\.(?: (?=[A-Z])|$)/.exec(meaning)?.index ?? meaning.length;
  const first = meaning.slice(0, end).replace(/^(?:An?|The|This|No|It)\b/, (word) => word.toLowerCase());
  return { first, rest: meaning.slice(end + 1).trim() };
}

/** The kubelet's first messages may be in events only. */
function eventsUnread({ rulings: [{ snapshot }] }: PullGroup): string {
  const { events } = snapshot;
  if (events.known) return '';
  const why = events.missingRight === undefined ? events.why : `no right to ${events.missingRight}`;
  return `Events couldn't be read (${cut(why, 120)}).`;
}

/** Containers that the runtime or the kubelet cannot create: a missing Secret or key, a mount, a forbidden user. */
function* creating(snapshot: Snapshot): Iterable<Draft> {
  const waiting = seenContainers(snapshot).filter(
    ({ state }) => createReasons.has(state.waiting?.reason ?? '') && !isPullFailing(state),
  );
  for (const [first, ...rest] of groupBy(waiting, ({ state }) => `${state.name} ${state.waiting?.reason ?? ''}`)) {
    yield created([first, ...rest]);
  }
}

function created(seen: readonly [Seen, ...Seen[]]): Draft {
  const [{ state }] = seen;
  const { reason = '', message = '' } = state.waiting ?? {};
  const { cause, confidence, next } = explainText(`${reason}: ${message}`, {});
  const known = cause !== 'unknown' && cause !== 'backoff_only';
  return {
    status: 'fail',
    cause: known ? cause : 'not_image_related',
    confidence: known ? confidence : 'likely',
    title: `Container ${state.name} can't be created: ${cut(message === '' ? reason : message, 140)}`,
    containers: [state.name],
    images: distinct(seen.map((one) => one.state.image)),
    evidence: [{ source: 'pod', subject: podsText(seen.map(({ pod }) => pod)), observed: `${reason}: ${message}` }],
    ...(known && cause !== 'not_image_related'
      ? {}
      : { conclusion: 'The image isn’t the problem: something else the container needs is missing.' }),
    next: known ? next : 'Create or correct what the message names, such as a Secret, a ConfigMap, a key or a mount.',
  };
}

/** Log lines that no other check reports, such as "Unable to locate credentials". */
function* logged({ container, lines, troubled }: ContainerLines): Iterable<Draft> {
  const own = lines.filter(({ owner }) => owner === 'pull-error');
  for (const [first, ...rest] of groupBy(own, ({ cause }) => cause).slice(0, 3)) {
    yield {
      status: troubled ? 'fail' : 'warn',
      cause: first.cause,
      // A log line shows what the program encountered, not that it exited because of it.
      confidence: first.confidence === 'possible' ? 'possible' : 'likely',
      title: `Container ${container} says: ${cut(first.evidence.observed, 140)}`,
      containers: [container],
      evidence: [first, ...rest].slice(0, 3).map(({ evidence }) => evidence),
      next: first.next,
    };
  }
}

/** Pods that wait for a node. Disk pressure has its own check. */
function* unscheduled(snapshot: Snapshot): Iterable<Draft> {
  const waiting = livePods(snapshot).filter(
    ({ unschedulable }) => unschedulable !== undefined && !unschedulable.includes('disk-pressure'),
  );
  if (waiting.length === 0) return;
  yield {
    status: isServedInFull(snapshot) ? 'warn' : 'fail',
    cause: 'not_image_related',
    confidence: 'certain',
    title: `${podsText(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} for a node`,
    evidence: waiting
      .slice(0, 2)
      .map(({ name, unschedulable }) => ({ source: 'pod', subject: `pod/${name}`, observed: unschedulable ?? '' })),
    conclusion: 'No image has been pulled yet: this is a scheduling problem.',
    next: waiting.some(({ unschedulable }) => /persistentvolumeclaim/i.test(unschedulable ?? ''))
      ? `See why the volume claims are not bound: kubectl get pvc -n ${snapshot.workload.ref.namespace}`
      : 'Compare requests, node selector, affinity and taints with the nodes there are.',
  };
}

/** Pods that could not even be created: admission, quota, a missing service account. */
function* notMade(snapshot: Snapshot): Iterable<Draft> {
  const { pods, workload } = snapshot;
  if (!pods.known || (workload.desired ?? 0) <= livePods(snapshot).length) return;
  const refusal = refusalToMake(snapshot);
  if (refusal === undefined) return;
  const { cause, confidence, next } = explainText(refusal.observed, {});
  const known = cause !== 'unknown' && cause !== 'backoff_only';
  yield {
    status: isServedInFull(snapshot) ? 'warn' : 'fail',
    cause: known ? cause : 'not_image_related',
    confidence: known ? confidence : 'likely',
    title: `Pods of ${workload.ref.name} can't be created: ${cut(refusal.observed.replace(/^Error creating: /, ''), 180)}`,
    evidence: [refusal],
    next: known ? next : 'Correct what the message names: admission policy, quota or service account.',
  };
}

/** Events expire after an hour; a Deployment's condition stays as long as the refusal does. */
function refusalToMake({ events, workload }: Snapshot): Evidence | undefined {
  const failed = events.known
    ? events.value.filter(({ reason, object }) => reason === 'FailedCreate' && object.kind !== 'Pod')
    : [];
  const [latest] = [...failed].sort((a, b) => (millisOf(b.lastAt) ?? 0) - (millisOf(a.lastAt) ?? 0));
  if (latest !== undefined) {
    const { object, message, lastAt } = latest;
    const subject = `${object.kind.toLowerCase()}/${object.name}`;
    return { source: 'event', subject, observed: message, ...(lastAt === undefined ? {} : { at: lastAt }) };
  }
  const condition = workload.conditions?.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  return condition?.message === undefined
    ? undefined
    : { source: 'spec', subject: formatWorkload(workload.ref), observed: condition.message };
}
