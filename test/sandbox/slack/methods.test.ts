import { beforeEach, describe, expect, it } from 'vitest';
import { unlimited } from '../../../src/sandbox/slack/limiter.ts';
import { answerSubmission } from '../../../src/sandbox/slack/modal.ts';
import { callMethod, SlackRefusal } from '../../../src/sandbox/slack/web-api.ts';
import { createWorkspace, type Workspace } from '../../../src/sandbox/slack/workspace.ts';

let workspace: Workspace;
beforeEach(() => {
  workspace = createWorkspace(() => new Date('2026-11-21T10:00:00Z'));
});

function call(name: string, args: Readonly<Record<string, unknown>>, user = 'U0ANA') {
  return callMethod(name, { workspace, args, takeTrigger: () => user }, unlimited) as Readonly<Record<string, unknown>>;
}
const modal = (title: string) => ({ type: 'modal', title: { type: 'plain_text', text: title }, blocks: [] });
const home = { type: 'home', blocks: [] };
const open = () => [...workspace.views.values()].map(({ view }) => (view['title'] as { text: string }).text);

describe('views', () => {
  it('are pushed onto the same person’s, at most three, and closed one by one or all at once', () => {
    call('views.open', { trigger_id: 't', view: modal('other') }, 'U0BEN');
    expect(() => call('views.push', { trigger_id: 't', view: modal('none') })).toThrow(new SlackRefusal('not_found'));
    call('views.open', { trigger_id: 't', view: modal('one') });
    for (const title of ['two', 'three']) call('views.push', { trigger_id: 't', view: modal(title) });
    expect(() => call('views.push', { trigger_id: 't', view: modal('four') })).toThrow('push_limit_reached');
    const top = [...workspace.views.values()].at(-1);
    if (top === undefined) throw new Error('nothing is open');
    answerSubmission(workspace, top, {});
    expect(open()).toEqual(['other', 'one', 'two']);
    const next = [...workspace.views.values()].at(-1);
    if (next !== undefined) answerSubmission(workspace, next, { response_action: 'clear' });
    expect(open()).toEqual(['other']);
  });

  it('of the Home tab belong to one person, and are replaced only with the current hash', () => {
    const first = call('views.publish', { user_id: 'U0ANA', view: home })['view'] as { hash: string };
    call('views.publish', { user_id: 'U0ANA', view: home, hash: first.hash });
    expect(() => call('views.publish', { user_id: 'U0ANA', view: home, hash: first.hash })).toThrow('hash_conflict');
    call('views.publish', { user_id: 'U0BEN', view: home });
    expect([...workspace.views.values()].map(({ user }) => user)).toEqual(['U0ANA', 'U0BEN']);
  });
});

describe('messages', () => {
  it('keep their metadata in an update without any, and have a permalink', () => {
    const metadata = { event_type: 'plan', event_payload: { id: '7F3' } };
    const { ts } = call('chat.postMessage', { channel: 'C0INCIDENT', text: 'plan', metadata });
    call('chat.update', { channel: 'C0INCIDENT', ts, text: 'over' });
    expect(workspace.channels.get('C0INCIDENT')?.messages.at(-1)).toMatchObject({ text: 'over', metadata });
    expect(call('chat.getPermalink', { channel: 'C0INCIDENT', message_ts: ts })['permalink']).toBe(
      `https://sandbox.slack.com/archives/C0INCIDENT/p${String(ts).replace('.', '')}`,
    );
  });

  it('can be sent to a channel by its name', () => {
    call('chat.postMessage', { channel: '#security', text: 'broken glass' });
    expect(workspace.channels.get('C0SECURITY')?.messages).toHaveLength(1);
  });
});
