import type { SimulatedSlack } from '../src/sandbox/slack/index.ts';
import { elementOf } from '../src/sandbox/slack/modal.ts';
import { envelope, messagePlace } from '../src/sandbox/slack/places.ts';
import type { Message } from '../src/sandbox/slack/workspace.ts';
import { nowMs } from './calls.ts';
import { pause } from './processes.ts';

/** A button in a message. */
export interface Button {
  readonly ts: string;
  readonly actionId: string;
}

/** Clicks on buttons, at a rate or all at once. */
export interface Presses {
  /** One click each. */
  readonly buttons: readonly Button[];
  /** Ids of the people who click, in turn. */
  readonly users: readonly string[];
  /** Default: all at once. */
  readonly perSecond?: number;
}

/** One click; times in milliseconds, the first since the epoch and the rest since that. */
export interface Pressed {
  readonly sentMs: number;
  /** 3,000 when there was no acknowledgement. */
  readonly acknowledgedMs: number;
}

/** A plan as people see it now. */
export interface ShownPlan {
  readonly approval: string;
  /** `NAMESPACE/deployment/NAME`. */
  readonly workload: string;
  /** Timestamp of the parent: a result is posted beside the plan or below it. */
  readonly ts: string;
  readonly text: string;
  /** Present while the plan waits for a decision. */
  readonly approve?: Button;
}

/** A result as it was posted. */
export interface ShownResult {
  readonly text: string;
  readonly postedMs: number;
}

/** People who may approve; each of them counts once per plan. */
export const approvers: readonly string[] = Array.from({ length: 100 }, (_, index) => `U0VOTER${index}`);
export const approverGroup = 'bench-approvers';

/** Adds the approvers to the workspace and to their group. */
export function inviteApprovers({ workspace }: SimulatedSlack): void {
  for (const id of approvers) workspace.people.set(id, { id, name: id.toLowerCase(), realName: id, guest: false });
  workspace.groups.set('S0BENCH', { id: 'S0BENCH', handle: approverGroup, users: approvers });
}

/** The first element of a message whose action id matches. */
export function buttonOf({ ts, blocks = [] }: Message, like: RegExp): Button | undefined {
  for (const block of blocks as readonly { readonly elements?: readonly { readonly action_id?: string }[] }[]) {
    const actionId = block.elements?.find(({ action_id }) => like.test(action_id ?? ''))?.action_id;
    if (actionId !== undefined) return { ts, actionId };
  }
  return undefined;
}

/** Clicks each button; measures the time from the delivery to the acknowledgement. */
export async function press(
  slack: SimulatedSlack,
  { buttons, users, perSecond }: Presses,
): Promise<readonly Pressed[]> {
  const payloads = buttons.map((button, index) => payloadOf(slack, button, users[index % users.length] ?? ''));
  const startedMs = nowMs();
  const pressed: Promise<Pressed>[] = [];
  for (const [index, payload] of payloads.entries()) {
    const wait = perSecond === undefined ? 0 : startedMs + (index * 1000) / perSecond - nowMs();
    if (wait > 0) await pause(wait);
    pressed.push(deliver(slack, payload()));
  }
  return await Promise.all(pressed);
}

async function deliver({ delivery }: SimulatedSlack, payload: Readonly<Record<string, unknown>>): Promise<Pressed> {
  const sentMs = nowMs();
  const answer = await delivery.deliver('interactive', payload);
  return { sentMs, acknowledgedMs: answer.kind === 'none' ? 3000 : nowMs() - sentMs };
}

/** The payload that Slack sends for a click; its trigger is created when it is sent. */
function payloadOf(slack: SimulatedSlack, { ts, actionId }: Button, user: string) {
  const { workspace, triggers } = slack;
  const person = workspace.people.get(user);
  if (person === undefined) throw new Error(`nobody is called ${user}`);
  const place = messagePlace(workspace, ts, person);
  const action = elementOf(place.blocks, actionId, undefined, workspace.nextTs());
  if (action === undefined) throw new Error(`no ${actionId} in ${ts}`);
  return () => ({
    type: 'block_actions',
    ...envelope(workspace, person),
    trigger_id: triggers.issue(person.id),
    response_url: `${slack.responseUrl()}/${triggers.issueResponse(place.response)}`,
    ...place.payload,
    actions: [action],
  });
}

/** Every plan in the workspace. */
export function shownPlans({ workspace }: SimulatedSlack): readonly ShownPlan[] {
  return everyMessage(workspace).flatMap((message) => {
    const about = aboutOf(message, 'imagecheck_plan');
    if (about === undefined) return [];
    const { approval = '', workload = '' } = about;
    const approve = buttonOf(message, /^plan_approve$/);
    return [{ approval, workload, ts: message.ts, text: message.text, ...(approve === undefined ? {} : { approve }) }];
  });
}

/** Results by the approval's id. */
export function shownResults(
  { workspace }: SimulatedSlack,
  posted: WeakMap<Message, number>,
): Readonly<Record<string, readonly ShownResult[]>> {
  const found: Record<string, ShownResult[]> = {};
  for (const message of everyMessage(workspace)) {
    const id = aboutOf(message, 'imagecheck_result')?.['approval'];
    if (id === undefined) continue;
    (found[id] ??= []).push({ text: message.text, postedMs: posted.get(message) ?? Number.NaN });
  }
  return found;
}

/** The metadata of a message of this type. */
function aboutOf({ metadata }: Message, type: string): Readonly<Record<string, string>> | undefined {
  const told = metadata as { event_type?: string; event_payload?: Record<string, string> } | undefined;
  return told?.event_type === type ? (told.event_payload ?? {}) : undefined;
}

function everyMessage(workspace: SimulatedSlack['workspace']): readonly Message[] {
  return [...workspace.channels.values()].flatMap(({ messages }) => [...messages]);
}
