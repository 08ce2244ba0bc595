import * as changeJson from '../../src/slack/blocks/change-ids.ts';
import { changeIds } from '../../src/slack/blocks/change-ids.ts';
import * as askJson from '../../src/slack/blocks/ids.ts';
import {
  BlockActions,
  BlockSuggestion,
  HomeOpened,
  Mention,
  MessageShortcut,
  SlashCommand,
  ViewSubmission,
} from '../../src/slack/bot/payloads.ts';
import { json, jsonText, type Target, zodError } from './target.ts';

const person = { id: 'U0ANA', name: 'ana', team_id: 'T1' };
const view = {
  id: 'V1',
  hash: '1.2',
  type: 'modal',
  callback_id: changeIds.form,
  private_metadata: JSON.stringify({ channel: 'C1', direct: false, kind: 'Deployment', cluster: 'dev-eu' }),
  state: {
    values: {
      reason: { reason: { type: 'plain_text_input', value: 'no' } },
      b: { c: { selected_option: { value: 'd' } } },
    },
  },
};
const action = {
  action_id: 'plan_approve',
  block_id: 'b',
  type: 'button',
  value: '{"approval":"0VEYZPZ3"}',
  action_ts: '1.2',
};
const click = {
  type: 'block_actions',
  user: person,
  team: { id: 'T1' },
  trigger_id: '1.2.a',
  response_url: 'http://127.0.0.1/r',
  channel: { id: 'C1', name: 'incidents' },
  container: { type: 'message', message_ts: '1.2', channel_id: 'C1', thread_ts: '1.1', is_ephemeral: false },
  message: {
    ts: '1.2',
    text: 'a',
    blocks: [],
    metadata: { event_type: 'imagecheck_plan', event_payload: { approval: '0VEYZPZ3' } },
  },
  actions: [action],
};
const slash = {
  command: '/imagecheck',
  text: 'deployment web',
  user_id: 'U0ANA',
  channel_id: 'C1',
  channel_name: 'incidents',
  team_id: 'T1',
  trigger_id: '1.2.a',
};
const mention = {
  event_id: 'Ev1',
  team_id: 'T1',
  event: {
    type: 'app_mention',
    user: 'U0ANA',
    text: '<@U0IMAGECHECK> help',
    ts: '1.2',
    thread_ts: '1.1',
    channel: 'C1',
  },
};

const submission = { user: person, trigger_id: '1.2.a', view };
const suggestion = { user: person, action_id: 'picker_workload', block_id: 'b', value: 'we', view };
const shortcut = { ...click, type: 'message_action', callback_id: 'explain', message_ts: '1.2', action_ts: '1.2' };

/** What each door parses, and the files of those who do. */
const doors = {
  SlashCommand: [SlashCommand, [slash], ['slack/doors/commands.ts']],
  Mention: [Mention, [mention], ['slack/doors/mention.ts']],
  HomeOpened: [HomeOpened, [{ event: { user: 'U0ANA', channel: 'D1', tab: 'home' } }], ['slack/doors/home.ts']],
  BlockActions: [BlockActions, [click, { ...click, view }], ['slack/bot/click.ts', 'slack/doors/picker-events.ts']],
  ViewSubmission: [ViewSubmission, [submission], ['slack/doors/submissions.ts', 'slack/doors/picker-events.ts']],
  BlockSuggestion: [BlockSuggestion, [suggestion], ['slack/doors/picker-events.ts']],
  MessageShortcut: [MessageShortcut, [shortcut], ['slack/doors/shortcuts.ts']],
} as const;
/** Those who parse what buttons and forms carry. */
const carriers = ['slack/doors/actions.ts', 'slack/doors/clicks.ts', 'slack/changes/modals.ts'];

const workload = { kind: 'Deployment', namespace: 'shop', name: 'web' };
const target = { type: 'workload', ...workload };
const plan = {
  approval: '0VEYZPZ3',
  digest: 'a'.repeat(64),
  cluster: 'dev-eu',
  workload,
  madeAt: '2026-11-20T14:10:00.000Z',
};
const fix = { messageId: 'm', reportId: 'r', finding: 0, proposals: [0, 1], everywhere: true, remedy: 'set-image' };
const state = {
  channel: 'C1',
  channelName: 'a',
  threadTs: '1.2',
  direct: false,
  kind: 'Deployment',
  cluster: 'dev-eu',
  namespace: 'shop',
};
/** What buttons and forms of ours carry, which comes back from Slack as text. */
const carried = [
  plan,
  fix,
  state,
  { cluster: 'dev-eu', target, ask: 'T1/a' },
  { approval: '0VEYZPZ3', reportId: 'r', text: 'deployment web', cluster: 'dev-eu' },
  { value: plan, channel: 'C1', messageTs: '1.2', meta: fix },
];
const readers = Object.entries({ ...changeJson, ...askJson }).flatMap(([name, reader]) =>
  name.endsWith('Json') && typeof reader === 'object' && 'safeParse' in reader ? [[name, reader] as const] : [],
);

export const slackTargets: readonly Target[] = [
  ...Object.entries(doors).map(([name, [schema, values, files]]) =>
    json(`Slack’s ${name}`, files, values, (value) => schema.parse(value), zodError),
  ),
  ...readers.map(([name, reader]) =>
    jsonText(name, ['slack/blocks/ids.ts', ...carriers], carried, (input) => reader.safeParse(input)),
  ),
  jsonText('value of an option', ['slack/blocks/ids.ts'], ['Deployment/web'], (input) =>
    askJson.readWorkloadValue(input.slice(1, -1)),
  ),
];
