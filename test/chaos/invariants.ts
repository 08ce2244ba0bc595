import { approvalMessages } from '../../src/flows/change/show/approval-messages.ts';
import { type Approval, finalStates, isTouched } from '../../src/model/approval/approval.ts';
import type { AuditEvent } from '../../src/model/audit/audit.ts';
import { verifyChain } from '../../src/model/audit/audit-chain.ts';
import type { Message } from '../../src/sandbox/slack/workspace.ts';
import { changeIds } from '../../src/slack/blocks/change-ids.ts';
import { draw } from '../../src/slack/views/draw.ts';
import { actionsOf } from '../faults/change.ts';
import type { Asked, DeploymentSeen, Ledger, Patched } from './ledger.ts';

/** After a crash a message may be there twice, but never more often (docs/architecture.md#promises). */
const mostCopies = 2;

/** Everything that must hold after any sequence, a sentence for each place where it does not. */
export function violations(ledger: Ledger): readonly string[] {
  return [
    ...ledger.incidents,
    ...ledger.asked.flatMap(unanswered),
    ...ledger.approvals.flatMap((approval) => executions(approval, ledger)),
    ...ledger.patched.flatMap((patch) => unexplained(patch, ledger)),
    ...ledger.approvals.flatMap((approval) => untrueThread(approval, ledger)),
    ...ledger.deployments.flatMap((deployment) => untrueCluster(deployment, ledger)),
    ...brokenChain(ledger),
    ...leaks(ledger),
    ...growth(ledger),
  ];
}

function unanswered(asked: Asked): readonly string[] {
  if (!asked.delivered) return [];
  const wrong = { private: wrongPrivate, report: wrongReport, plan: wrongPlan }[asked.kind](asked);
  if (wrong === undefined) return [];
  return [`${asked.user} typed "${asked.text}" and ${wrong}: ${transcriptOf(asked.messages)}`];
}

const isPrivateTo =
  (user: string) =>
  ({ ephemeralFor }: Message): boolean =>
    ephemeralFor === user;

function wrongPrivate({ messages, user, mayBeLost }: Asked): string | undefined {
  const answers = messages.filter(({ user: author, ephemeralFor }) => author !== user || ephemeralFor !== undefined);
  if (answers.length === 0) return mayBeLost ? undefined : 'was not answered';
  return answers.length > mostCopies ? `was answered ${answers.length} times` : undefined;
}

/** A question has its parent in a final state and a reply below it, or else the person was told that it failed. */
function wrongReport(asked: Asked): string | undefined {
  const { messages, user } = asked;
  const own = messages.filter(({ user: author, ephemeralFor }) => author !== user && ephemeralFor === undefined);
  const parents = own.filter(({ text }) => text.startsWith('imagecheck: '));
  const open = parents.filter(({ text }) => /^imagecheck: (?:queued|checking)/.test(text));
  if (own.length === 0) return wasTold(asked) ? undefined : 'was not answered';
  if (parents.length > mostCopies) return `has ${parents.length} parents`;
  if (parents.length > 0 && open.length === parents.length) return 'still waits for an answer';
  const replies = own.filter((message) => !parents.includes(message));
  if (replies.length === 0) return 'has no answer below it';
  return replies.length > mostCopies ? `was answered ${replies.length} times` : undefined;
}

function wrongPlan(asked: Asked): string | undefined {
  const ids = new Set(asked.messages.flatMap((message) => idsIn(message, 'plan')));
  return ids.size > 0 || wasTold(asked) ? undefined : 'was not answered';
}

/** Told privately that it cannot be done, unless that went away with the bot that was to say that nothing was saved. */
function wasTold({ messages, user, mayBeLost, mayBeUnsaved }: Asked): boolean {
  return messages.some(isPrivateTo(user)) || (mayBeLost && mayBeUnsaved);
}

/** The approval that a message is about, if it shows its plan or its result. */
function idsIn({ metadata }: Message, part: 'plan' | 'result'): readonly string[] {
  const told = metadata as { event_type?: string; event_payload?: { approval?: string } } | undefined;
  const id = told?.event_type === `imagecheck_${part}` ? told.event_payload?.approval : undefined;
  return id === undefined ? [] : [id];
}

function eventsOf({ audit }: Ledger, id: string): readonly AuditEvent['action'][] {
  return audit.flatMap(({ record }) => (record?.event.approval === id ? [record.event.action] : []));
}

/** Executed at most once, and only what was granted. */
function executions(approval: Approval, ledger: Ledger): readonly string[] {
  const { id, state, results } = approval;
  const patches = ledger.patched.filter(({ mark }) => mark === id).length;
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`${id} (${state}, ${approval.outcome ?? 'no reason'}) ${what}`);
  if (patches > 1) say(`was executed ${patches} times`);
  if (![...finalStates, 'pending'].includes(state)) say('never came to its end');
  const touched = results.some(isTouched);
  if (patches === 1 && !touched) say('was executed and says that it was not');
  if (patches === 0 && results.some(({ outcome }) => outcome === 'fixed') && !isDoneByAnother(approval, ledger)) {
    say('was not executed and says that it was');
  }
  const events = eventsOf(ledger, id);
  const count = (action: string) => events.filter((each) => each === action).length;
  for (const once of ['requested', 'granted', 'started', 'executed', 'verified']) {
    if (count(once) > 1) say(`has ${count(once)} records "${once}"`);
  }
  if (patches > 0 && (count('granted') !== 1 || approval.grant === undefined)) say('was executed without a grant');
  if (patches > 0 && count('executed') !== 1) say('was executed and the audit does not say so');
  return wrong;
}

/** Two approved changes may want the same: the second finds it done. */
function isDoneByAnother(approval: Approval, { approvals, patched }: Ledger): boolean {
  const [wanted] = imagesOf(approval);
  return approvals.some(
    (other) =>
      other.id !== approval.id && imagesOf(other)[0] === wanted && patched.some(({ mark }) => mark === other.id),
  );
}

/** The images that it sets. */
function imagesOf({ plan }: Approval): readonly string[] {
  const operations = plan?.intent.targets.flatMap((target) => target.operations) ?? [];
  const edits = operations.flatMap((one) => (one['edits'] ?? []) as readonly { field?: string; to?: string }[]);
  return edits.flatMap(({ field, to }) => (field === 'image' && to !== undefined ? [to] : []));
}

function unexplained({ deployment, mark }: Patched, { approvals }: Ledger): readonly string[] {
  const named = approvals.some(({ id }) => id === mark);
  return named ? [] : [`deployment ${deployment} was changed, and the mark "${mark}" names no approval`];
}

const deciding: readonly string[] = [changeIds.approve, changeIds.reject];

/** What Slack shows of an approval is what is drawn of its record. */
function untrueThread(approval: Approval, { messages }: Ledger): readonly string[] {
  const { id, state } = approval;
  return approvalMessages(approval).flatMap((wanted) => {
    const part = wanted.body.view === 'result' ? 'result' : 'plan';
    const shown = messages.filter((message) => idsIn(message, part).includes(id));
    const { text } = draw(wanted);
    const where = `the ${part} of ${id} (${state})`;
    if (shown.length === 0) return [`${where} is not shown`];
    if (shown.length > mostCopies) return [`${where} is shown ${shown.length} times`];
    const current = shown.filter((message) => message.text === text);
    if (current.length === 0) return [`${where} is not as recorded: "${shown.at(-1)?.text}", not "${text}"`];
    const offers = current.some((message) => actionsOf(message).some((action) => deciding.includes(action)));
    return offers && state !== 'pending' ? [`${where} can still be decided`] : [];
  });
}

/** The last approval that the object names is one that says it was executed, with this image. */
function untrueCluster({ name, image, mark }: DeploymentSeen, { approvals }: Ledger): readonly string[] {
  const last = approvals.find(({ id }) => id === mark);
  if (last === undefined) return image.endsWith(':1') ? [] : [`${name} runs ${image}, and no approval says why`];
  const images = imagesOf(last);
  return images.length === 0 || images.includes(image)
    ? []
    : [`${name} runs ${image}, and ${mark}, the last to change it, says ${images.join(', ')}`];
}

function brokenChain({ audit }: Ledger): readonly string[] {
  const verdict = verifyChain(audit);
  return verdict.ok ? [] : [`the audit chain breaks at ${verdict.sequence}: ${verdict.why}`];
}

function leaks({ texts, canaries }: Ledger): readonly string[] {
  return texts.flatMap(({ where, text }) => {
    const found = canaries.find((canary) => text.includes(canary));
    if (found === undefined) return [];
    const at = text.indexOf(found);
    return [`a secret is in ${where}: …${text.slice(Math.max(0, at - 100), at + 60)}…`];
  });
}

function growth({ processes }: Ledger): readonly string[] {
  return processes.flatMap(({ name, may, ...has }) =>
    (['descriptors', 'residentMb', 'peakMb'] as const).flatMap((what) =>
      has[what] > may[what] ? [`${name} has ${what} ${Math.round(has[what])}, more than ${Math.round(may[what])}`] : [],
    ),
  );
}

function transcriptOf(messages: readonly Message[]): string {
  const told = messages.map((message) => `${message.ephemeralFor === undefined ? '' : '(private) '}${message.text}`);
  return told.length === 0 ? 'nothing is there' : told.join(' | ').slice(0, 600);
}
