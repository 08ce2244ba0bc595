import { z } from 'zod';
import { atMost } from '../../model/text/at-most.ts';
import { foreignList, foreignRecord } from '../../model/values/foreign.ts';

/** What people write: Slack sends at most 40,000 characters of it, and nothing that we read has more. */
const Written = z.string().transform((text) => atMost(text, 65_536));
/** What people write into a field of a form; Slack allows 3,000 characters. */
const Field = z.string().transform((text) => atMost(text, 4096));

/** The parts of Slack's payloads that we read; everything else is ignored. */
export const SlashCommand = z.object({
  command: z.string(),
  text: Written.default(''),
  user_id: z.string(),
  channel_id: z.string(),
  channel_name: z.string().optional(),
  trigger_id: z.string(),
});

/** `app_mention` with its envelope. */
export const Mention = z.object({
  event_id: z.string(),
  is_ext_shared_channel: z.boolean().default(false),
  event: z.object({
    user: z.string().optional(),
    bot_id: z.string().optional(),
    text: Written,
    ts: z.string(),
    thread_ts: z.string().optional(),
    channel: z.string(),
  }),
});
export type Mention = z.infer<typeof Mention>;

/** Someone opens App Home; `channel` is the direct conversation with the bot. */
export const HomeOpened = z.object({
  event: z.object({ user: z.string(), channel: z.string().default(''), tab: z.string().default('home') }),
});

const Person = z.object({ id: z.string() });
const Place = z.object({ id: z.string(), name: z.string().optional() });
const StateValues = foreignRecord(
  foreignRecord(z.object({ selected_option: z.object({ value: z.string() }).nullish(), value: Field.nullish() })),
);
const ViewState = z.object({
  id: z.string(),
  hash: z.string().optional(),
  private_metadata: z.string(),
  state: z.object({ values: StateValues }).optional(),
});
export type ViewState = z.infer<typeof ViewState>;

/** A click in a message or in a form. */
export const BlockActions = z.object({
  user: Person,
  trigger_id: z.string(),
  channel: Place.optional(),
  container: z
    .object({ thread_ts: z.string().optional(), is_ephemeral: z.boolean().default(false) })
    .default({ is_ephemeral: false }),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }).optional(),
  view: ViewState.optional(),
  actions: foreignList(
    z.object({
      action_id: z.string(),
      value: z.string().optional(),
      selected_option: z.object({ value: z.string() }).nullish(),
    }),
  ).refine((actions) => actions.length > 0),
});
export type BlockActions = z.infer<typeof BlockActions>;

export const ViewSubmission = z.object({ user: Person, trigger_id: z.string().optional(), view: ViewState });

/** Slack asks for the entries of an `external_select`. */
export const BlockSuggestion = z.object({
  user: Person,
  action_id: z.string(),
  value: Field.default(''),
  view: ViewState,
});

/** *Explain this error*, on a message. Alert bots write into attachments. */
export const MessageShortcut = z.object({
  user: Person,
  trigger_id: z.string(),
  channel: Place,
  message: z.object({
    ts: z.string(),
    thread_ts: z.string().optional(),
    text: Written.default(''),
    attachments: foreignList(
      z.object({ text: Written.optional(), fallback: Written.optional(), title: Written.optional() }),
    ).optional(),
  }),
});
export type MessageShortcut = z.infer<typeof MessageShortcut>;

/** The chosen value of a form's element, whatever its block is called now. */
export function chosen(view: ViewState, actionId: string): string | undefined {
  for (const block of Object.values(view.state?.values ?? {})) {
    const value = block[actionId]?.selected_option?.value;
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The text typed into a form's text field; undefined if it is empty. */
export function typed(view: ViewState, actionId: string): string | undefined {
  for (const block of Object.values(view.state?.values ?? {})) {
    const value = block[actionId]?.value?.trim();
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}
