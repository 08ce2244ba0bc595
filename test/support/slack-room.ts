import { expect, vi } from 'vitest';
import type { Sandbox } from '../../src/sandbox/start.ts';
import { callApi } from './sandbox.ts';

/** A message of the simulated Slack. */
export interface Said {
  readonly ts: string;
  readonly text: string;
  readonly thread_ts?: string;
  readonly blocks?: readonly { readonly type: string; readonly elements?: readonly Element[] }[];
}

interface Element {
  readonly action_id?: string;
  readonly value?: string;
  readonly text?: { readonly text?: string };
}

interface OpenView {
  readonly id: string;
  readonly title?: { readonly text: string };
  readonly blocks: readonly {
    readonly type: string;
    readonly block_id?: string;
    readonly element?: { readonly action_id: string; readonly initial_value?: string };
  }[];
}

export interface Button {
  readonly actionId: string;
  readonly label: string;
  readonly value?: string;
}

/** `expect.poll` is for tests that run one at a time. */
const patience = { timeout: 30_000, interval: 50 };

/** What a message shows, buttons and all. */
export function textOf(message: Said): string {
  return JSON.stringify(message.blocks ?? message.text);
}

export function buttonsOf({ blocks = [] }: Said): readonly Button[] {
  return blocks
    .filter(({ type }) => type === 'actions')
    .flatMap(({ elements = [] }) => elements)
    .map(({ action_id: actionId = '', value, text }) => ({
      actionId,
      label: text?.text ?? '',
      ...(value === undefined ? {} : { value }),
    }));
}

/** People who talk to the bot in a channel of the simulated Slack, without a page. */
export function slackRoom(sandbox: Pick<Sandbox, 'addresses'>, channel = 'incidents') {
  const inChannel = async () =>
    (await callApi<{ messages: readonly Said[] }>(sandbox, 'GET', `/channels/${channel}`)).messages;
  const inThread = async (ts: string) =>
    (await callApi<{ messages: readonly Said[] }>(sandbox, 'GET', `/threads/${channel}/${ts}`)).messages;

  /** Asks, and returns the thread of the answer. */
  async function ask(as: string, text: string): Promise<string> {
    const before = new Set((await inChannel()).map(({ ts }) => ts));
    await callApi(sandbox, 'POST', '/act', { as, channel, text });
    const fresh = async () => (await inChannel()).find(({ ts }) => !before.has(ts))?.ts;
    await vi.waitFor(async () => expect(await fresh(), text).toBeDefined(), patience);
    return (await fresh()) ?? '';
  }

  /** The latest reply in a thread that shows this, once it has arrived. */
  async function reply(thread: string, shows: RegExp): Promise<Said> {
    const found = async () => (await inThread(thread)).slice(1).findLast((message) => shows.test(textOf(message)));
    const seen = async () => ((await found()) === undefined ? (await inThread(thread)).map(textOf) : 'found');
    await vi.waitFor(async () => expect(await seen(), `${shows}`).toBe('found'), patience);
    const message = await found();
    if (message === undefined) throw new Error(`${shows} is gone again`);
    return message;
  }

  /** The message that opens a thread, once it shows this: a plan that nobody's report led to. */
  async function opening(thread: string, shows: RegExp): Promise<Said> {
    const first = async () => (await inThread(thread)).find(({ ts }) => ts === thread);
    const seen = async () => textOf((await first()) ?? { ts: thread, text: '' });
    await vi.waitFor(async () => expect(await seen(), `${shows}`).toMatch(shows), patience);
    return (await first()) ?? { ts: thread, text: '' };
  }

  async function press(as: string, message: Said, label: RegExp): Promise<void> {
    const button = buttonsOf(message).find((one) => label.test(one.label));
    if (button === undefined) throw new Error(`no button ${label} in ${textOf(message)}`);
    const { actionId, value } = button;
    await callApi(sandbox, 'POST', '/click', { as, messageTs: message.ts, actionId, value });
  }

  /** The form that someone has open, with its text fields. */
  async function form(as: string) {
    const open = async () => (await callApi<{ views: readonly OpenView[] }>(sandbox, 'GET', `/views?as=${as}`)).views;
    await vi.waitFor(async () => expect(await open()).toHaveLength(1), patience);
    const [view] = await open();
    if (view === undefined) throw new Error('the form is closed');
    const fields = view.blocks.flatMap(({ type, block_id: block = '', element }) =>
      type === 'input' && element !== undefined
        ? [{ block, action: element.action_id, initial: element.initial_value ?? '' }]
        : [],
    );
    const submit = async (valueOf: (field: (typeof fields)[number]) => string) => {
      const values = Object.fromEntries(
        fields.map((field) => [
          field.block,
          { [field.action]: { type: 'plain_text_input', value: valueOf(field) || null } },
        ]),
      );
      return callApi<{ errors?: Readonly<Record<string, string>> }>(sandbox, 'POST', '/view/submit', {
        as,
        viewId: view.id,
        values,
      });
    };
    return { fields, submit };
  }

  return { ask, reply, opening, press, form };
}
