import type { Acknowledgement } from './delivery.ts';
import type { ResponsePlace } from './triggers.ts';
import { changed, type Workspace } from './workspace.ts';

/** An app's message to a response URL, or its acknowledgement. */
export function respond(workspace: Workspace, place: ResponsePlace, body: Readonly<Record<string, unknown>>): void {
  const channel = workspace.channels.get(place.channel);
  if (channel === undefined) return;
  const original = channel.messages.find(({ ts }) => ts === place.messageTs);
  const content = {
    text: typeof body['text'] === 'string' ? body['text'] : '',
    ...(Array.isArray(body['blocks']) ? { blocks: body['blocks'] } : {}),
  };
  if (body['delete_original'] === true && original !== undefined)
    channel.messages.splice(channel.messages.indexOf(original), 1);
  else if (body['replace_original'] === true && original !== undefined) Object.assign(original, content);
  else {
    const { app } = workspace;
    channel.messages.push({
      type: 'message',
      ts: workspace.nextTs(),
      user: app.botUser,
      bot_id: app.botId,
      ...content,
      ...(place.threadTs === undefined ? {} : { thread_ts: place.threadTs }),
      ...(body['response_type'] === 'in_channel' ? {} : { ephemeralFor: place.user }),
    });
  }
  changed(workspace);
}

/** A message from Slack itself that only one person sees. */
export function whisper(workspace: Workspace, { channel, user }: ResponsePlace, text: string): void {
  workspace.channels
    .get(channel)
    ?.messages.push({ type: 'message', ts: workspace.nextTs(), user: 'USLACKBOT', text, ephemeralFor: user });
  changed(workspace);
}

/** An acknowledgement may contain a message: ephemeral unless it says `in_channel`. */
export function showAnswer(workspace: Workspace, place: ResponsePlace, answer: Acknowledgement, command: string): void {
  if (answer.kind === 'none') {
    const why = { timeout: 'operation_timeout', 'no-connection': 'dispatch_failed', error: 'dispatch_failed' }[
      answer.why
    ];
    return whisper(workspace, place, `${command} failed with the error "${why}"`);
  }
  if (answer.payload['text'] !== undefined || answer.payload['blocks'] !== undefined)
    respond(workspace, place, answer.payload);
  return undefined;
}
