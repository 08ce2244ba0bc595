import type { ModalView } from '@slack/types';
import type { Command } from '../../commands/command.ts';
import { defined } from '../../model/values/defined.ts';
import type { Drawn } from '../blocks/blocks.ts';
import type { Whereabouts } from './permission.ts';

/** Something a person did that asks for an answer. */
export interface Request extends Whereabouts {
  /** Same for every delivery of the same click or message (`trigger_id`, `event_id`). */
  readonly key: string;
  /** Answers go into this thread. */
  readonly threadTs?: string;
  /** What was typed, for the parent line; without it the command in its canonical spelling. */
  readonly typed?: string;
  /** Answers the person alone, as long as Slack lets us (a response URL); it never leaves this process. */
  readonly respond?: Respond;
}

export type Respond = (drawn: Drawn) => Promise<void>;

/** Where a form was opened, as it remembers it. */
interface OpenedAt {
  readonly channel: string;
  readonly channelName?: string | undefined;
  readonly threadTs?: string | undefined;
}

/** The request that a submitted form makes, from the place that it remembers. */
export function requestFrom({ channel, channelName, threadTs }: OpenedAt, user: string, key: string): Request {
  return { key, user, channel, ...defined({ channelName, threadTs }) };
}

/** What the person gets at once; a question's real answer comes through the outbox. */
export type Reply =
  /** Nothing is left to say: the question is on its way, or was asked before. */
  | { readonly kind: 'asked' }
  /** For the person alone. `correctable`: a form stays open for another try. */
  | { readonly kind: 'private'; readonly drawn: Drawn; readonly correctable?: true }
  /** For everyone in the thread, where there is one. */
  | { readonly kind: 'open'; readonly drawn: Drawn }
  /** For everyone in the channel. */
  | { readonly kind: 'announcement'; readonly drawn: Drawn }
  /** A form for parameters; `otherwise` is said where none can be opened. */
  | { readonly kind: 'form'; readonly view: ModalView; readonly otherwise: Drawn }
  | { readonly kind: 'picker'; readonly command: Extract<Command, { type: 'pick' }> };
