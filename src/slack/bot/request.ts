import type { ModalView } from '@slack/types';
import type { Command } from '../../commands/command.ts';
import { defined } from '../../model/values/defined.ts';
import type { Drawn } from '../blocks/blocks.ts';
import type { Whereabouts } from './permission.ts';

/** Something that a person did and that needs an answer. */
export interface Request extends Whereabouts {
  /** The same for every delivery of one click or message (`trigger_id`, `event_id`). */
  readonly key: string;
  /** Answers go into this thread. */
  readonly threadTs?: string;
  /** The typed text, for the parent line; without it the command in its canonical spelling. */
  readonly typed?: string;
  /** Answers this person alone, as long as Slack lets us (a response URL); it never leaves this process. */
  readonly respond?: Respond;
}

export type Respond = (drawn: Drawn) => Promise<void>;

/** Where a form was opened, as the form remembers it. */
interface OpenedAt {
  readonly channel: string;
  readonly channelName?: string | undefined;
  readonly threadTs?: string | undefined;
}

/** The request made by a submitted form, from the place that it remembers. */
export function requestFrom({ channel, channelName, threadTs }: OpenedAt, user: string, key: string): Request {
  return { key, user, channel, ...defined({ channelName, threadTs }) };
}

/** What the person gets immediately; a question's real answer comes through the outbox. */
export type Reply =
  /** Nothing else to say: the question is on its way, or was already asked. */
  | { readonly kind: 'asked' }
  /** For this person alone. `correctable`: the form stays open for another try. */
  | { readonly kind: 'private'; readonly drawn: Drawn; readonly correctable?: true }
  /** For everyone in the thread, if there is one. */
  | { readonly kind: 'open'; readonly drawn: Drawn }
  /** For everyone in the channel. */
  | { readonly kind: 'announcement'; readonly drawn: Drawn }
  /** A form for parameters; `otherwise` is shown if no form can be opened. */
  | { readonly kind: 'form'; readonly view: ModalView; readonly otherwise: Drawn }
  | { readonly kind: 'picker'; readonly command: Extract<Command, { type: 'pick' }> };
