import { expect, vi } from 'vitest';
import type { Approval, ApprovalState } from '../../src/model/approval/approval.ts';
import { type Fields, number, text } from '../../src/sandbox/cluster/objects/object.ts';
import { act, click, type Stage } from '../../src/sandbox/slack/acting.ts';
import type { Message } from '../../src/sandbox/slack/workspace.ts';
import { areRunning } from '../../src/sandbox/stories/kubernetes.ts';
import { deployment } from '../../src/sandbox/stories/objects.ts';
import { changeIds } from '../../src/slack/blocks/change-ids.ts';
import { type FaultStage, shop } from './stage.ts';

/** One change from its plan on; each has a Deployment and a channel of its own. */
export interface Change {
  readonly stage: FaultStage;
  readonly name: string;
  readonly channel: string;
  readonly id: string;
  readonly team: string;
  /** Of the message with the plan. */
  readonly planTs: string;
}

/** How long to wait for something quick, and for a recovery. */
export const soonMs = 20_000;
export const lateMs = 60_000;

export const pods = 2;

/** Waits for a condition, and fails with the last reason. */
export function eventually<T>(look: () => T | Promise<T>, timeout = soonMs): Promise<T> {
  return vi.waitFor(look, { timeout, interval: 25 });
}

/** A Deployment that runs `:1` of its image, while `:2` is there as well. */
export async function deploy(stage: FaultStage, name: string, replicas = pods): Promise<void> {
  const repository = `acme/${name}`;
  for (const tag of ['1', '2']) {
    stage.registries.change('ghcr.io', { push: { repository, tags: [tag], seed: `${name} ${tag}` } });
  }
  const containers = [{ name: 'app', image: `ghcr.io/${repository}:1` }];
  await stage.kubernetes.create(deployment({ name, namespace: shop }, containers, { replicas }));
  await stage.kubernetes.until(shop, name, 'that its pods run', areRunning(replicas));
}

/** Gives the workspace one more channel with everyone in it. */
export function openChannel({ slack: { workspace } }: FaultStage, name: string): string {
  const id = `C0${name.replaceAll('-', '').toUpperCase()}`;
  const members = new Set([...workspace.people.keys(), workspace.app.botUser]);
  workspace.channels.set(id, { id, name, im: false, shared: false, members, messages: [] });
  return id;
}

/** Ana asks for the newer image; nothing is waited for. */
export async function ask(stage: FaultStage, name: string, channel: string): Promise<void> {
  await act(stage.slack, { as: 'ana', channel, text: `/imagecheck set-image deployment/${name} -n ${shop} :2` });
}

/**
 * Deploys, asks, and waits until the plan is shown with its buttons. Asks again when that is what the answer says, as
 * anybody would.
 */
export async function plan(stage: FaultStage, name: string): Promise<Change> {
  await deploy(stage, name);
  const channel = openChannel(stage, name);
  await ask(stage, name, channel);
  let heard = 0;
  await eventually(async () => {
    const told = toldTo({ stage, channel }, idOf(stage, 'ana'));
    if (messagesIn(stage, channel).length > 0) return;
    if (told.slice(heard).some(saysTryAgain)) {
      heard = told.length;
      await ask(stage, name, channel);
    }
    throw new Error(`nobody prepares ${name}: ${transcript(stage, channel)}`);
  });
  return await shownPlan(stage, name, channel);
}

export async function shownPlan(stage: FaultStage, name: string, channel: string, withinMs = soonMs): Promise<Change> {
  const message = await eventually(() => {
    const found = messagesIn(stage, channel).find((each) => actionsOf(each).includes(changeIds.approve));
    if (found === undefined) throw new Error(`no plan to approve: ${transcript(stage, channel)}`);
    return found;
  }, withinMs);
  const { approval } = JSON.parse(valueOf(message, changeIds.approve)) as { readonly approval: string };
  const team = stage.slack.workspace.team.id;
  const change = { stage, name, channel, id: approval, team, planTs: message.ts };
  // It is shown a moment before it is recorded, and nobody presses that fast.
  await eventually(async () => expect((await recordOf(change)).state).not.toBe('preparing'), withinMs);
  return change;
}

/** Somebody presses Approve once; resolves when Slack was answered, or was not. */
export async function approveOnce({ stage, planTs }: Change, as = 'ben', slack: Stage = stage.slack): Promise<void> {
  await click(slack, { as, messageTs: planTs, actionId: changeIds.approve });
}

/**
 * Somebody presses Approve until it counts or another answer says why not: again when the answer is that it could not be
 * taken, which is honest where Redis needs longer than a person waits.
 */
export async function approve(change: Change, as = 'ben', slack: Stage = change.stage.slack): Promise<void> {
  const user = idOf(change.stage, as);
  let heard = toldTo(change, user).length;
  await approveOnce(change, as, slack);
  await eventually(async () => {
    const answers = toldTo(change, user).slice(heard);
    const { state, votes } = await recordOf(change);
    if (state !== 'pending' || votes.some((vote) => vote.user === user)) return;
    if (answers.some((answer) => !saysTryAgain(answer))) return;
    if (answers.length > 0) {
      heard += answers.length;
      await approveOnce(change, as, slack);
    }
    throw new Error(`${change.name} does not know that ${as} approved`);
  });
}

/** Whether an answer says that Redis was too slow for the person, and to do the same again. */
export function saysTryAgain(told: string): boolean {
  return /(?:queue|Redis) isn’t responding|Slack didn’t answer/.test(told);
}

function idOf({ slack: { workspace } }: FaultStage, name: string): string {
  const person = [...workspace.people.values()].find((each) => [each.name, each.id].includes(name));
  if (person === undefined) throw new Error(`there is nobody called ${name}`);
  return person.id;
}

/** Somebody presses another button of the change, on whichever message has it. */
export async function press({ stage, channel }: Change, action: string, as: string): Promise<void> {
  const message = await eventually(() => {
    const found = messagesIn(stage, channel).find((each) => actionsOf(each).includes(action));
    if (found === undefined) throw new Error(`no button ${action}: ${transcript(stage, channel)}`);
    return found;
  });
  await click(stage.slack, { as, messageTs: message.ts, actionId: action });
}

export async function recordOf({ stage, team, id }: Pick<Change, 'stage' | 'team' | 'id'>): Promise<Approval> {
  const approval = await stage.store.approvals.get(team, id);
  if (approval === undefined) throw new Error(`there is no approval ${id}`);
  return approval;
}

export async function reaches(change: Change, states: readonly ApprovalState[], withinMs = soonMs): Promise<Approval> {
  return await eventually(async () => {
    const approval = await recordOf(change);
    expect(states, `${change.name}: ${approval.outcome ?? ''}`).toContain(approval.state);
    return approval;
  }, withinMs);
}

/** What everyone sees in a channel, oldest first. */
export function messagesIn({ slack: { workspace } }: FaultStage, channel: string): readonly Message[] {
  return (workspace.channels.get(channel)?.messages ?? []).filter(({ ephemeralFor }) => ephemeralFor === undefined);
}

/** What only one person was told. */
export function toldTo({ stage, channel }: Pick<Change, 'stage' | 'channel'>, user: string): readonly string[] {
  const { messages = [] } = stage.slack.workspace.channels.get(channel) ?? {};
  return messages.filter(({ ephemeralFor }) => ephemeralFor === user).map((message) => contentOf(message));
}

export function contentOf({ text: plain, blocks }: Message): string {
  return `${plain} ${JSON.stringify(blocks ?? [])}`;
}

interface Element {
  readonly action_id?: string;
  readonly value?: string;
}

function elementsOf({ blocks = [] }: Message): readonly Element[] {
  return (blocks as readonly { readonly elements?: readonly Element[] }[]).flatMap(({ elements = [] }) => elements);
}

export function actionsOf(message: Message): readonly string[] {
  return elementsOf(message).flatMap(({ action_id: id }) => (id === undefined ? [] : [id]));
}

/** What the button of a message carries. */
export function valueOf(message: Message, action: string): string {
  return elementsOf(message).find(({ action_id: id }) => id === action)?.value ?? '{}';
}

export function transcript(stage: FaultStage, channel: string): string {
  const all = stage.slack.workspace.channels.get(channel)?.messages ?? [];
  return all.map((message) => message.text).join(' | ');
}

/** The Deployment as the API server has it. */
export async function deploymentOf({ stage, name }: Pick<Change, 'stage' | 'name'>): Promise<{
  readonly generation: number;
  readonly image: string;
  readonly annotations: Fields;
}> {
  const { body } = await stage.api.send('GET', `/apis/apps/v1/namespaces/${shop}/deployments/${name}`);
  const spec = body['spec'] as { template: { spec: { containers: readonly { image: string }[] } } };
  return {
    generation: number(body, 'metadata', 'generation') ?? 0,
    image: spec.template.spec.containers[0]?.image ?? text(body, 'message'),
    annotations: ((body['metadata'] as Fields)['annotations'] ?? {}) as Fields,
  };
}
