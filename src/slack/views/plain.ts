import type { View } from '../../model/message.ts';
import { forKnown } from '../../model/values/open-enum.ts';
import { formatWorkload, type WorkloadRef } from '../../model/workload/workload.ts';
import {
  actions,
  button,
  channel,
  code,
  codeBlock,
  context,
  type Drawn,
  format,
  join,
  message,
  prose,
  sections,
} from '../blocks/blocks.ts';
import { askValue, ids } from '../blocks/ids.ts';
import { withPeople } from './mentions.ts';

/** More buttons than this are not useful. */
const mostCandidates = 20;

/** An ambiguous name: one button per candidate asks again with the full name. */
export function drawChoice(view: Extract<View, { view: 'choice' }>, messageId: string): Drawn {
  const shown = view.candidates.slice(0, mostCandidates);
  const more = view.candidates.length - shown.length;
  return message({
    text: format`${prose(view.question)} ${join(
      shown.map((one) => prose(placeOf(one), 120)),
      ', ',
    )}`,
    body: sections([format`❓ ${prose(view.question)}`]),
    tail: [
      ...actions(
        shown.map((target, index) =>
          button(
            `${ids.ask}.${index}`,
            placeOf(target),
            askValue(view.cluster, { type: 'workload', ...target }, messageId),
          ),
        ),
      ),
      ...context(more > 0 ? [format`and ${more} more: type the kind and the namespace.`] : []),
    ],
  });
}

const tones = { info: 'ℹ️', warning: '⚠️', error: '🔴' } as const;

/** A sentence, and what to do about it. */
export function drawNotice(view: Extract<View, { view: 'notice' }>): Drawn {
  const remedy = view.remedy === undefined ? [] : [prose(view.remedy, 1000)];
  const text = withPeople(view.text, view.people ?? [], 2000);
  return message({
    text: join([text, ...remedy], ' '),
    body: sections([format`${forKnown(tones, view.tone) ?? tones.info} ${text}`, ...remedy]),
  });
}

/** The meaning of a pasted error text. */
export function drawExplanation(view: Extract<View, { view: 'explanation' }>): Drawn {
  const also = view.also.slice(0, 10).map((cause) => code(cause, 60));
  return message({
    text: join([format`${view.cause}: ${view.confidence}`, prose(view.meaning, 500), prose(view.next, 800)], ' · '),
    body: sections([
      format`💡 *${prose(view.cause, 80)}*: ${prose(view.confidence, 40)}`,
      prose(view.meaning, 500),
      codeBlock(view.text, 1500),
      ...(also.length === 0 ? [] : [format`*Could also be:* ${join(also, ', ')}`]),
      format`*Fix:* ${prose(view.next, 1000)}`,
      ...(view.confirm === undefined ? [] : [format`*Confirm it:* ${prose(view.confirm, 600)}`]),
    ]),
    tail: context([format`Based on the error text only; no cluster or registry was checked.`]),
  });
}

/** The bot is not a member of the channel in which it was asked. */
export function drawInvitation(view: Extract<View, { view: 'invitation' }>, messageId: string): Drawn {
  const where = format`I’m not in ${channel(view.channel)}.`;
  const value = askValue(view.cluster, view.target, messageId);
  return message({
    text: format`${where} Invite me there with /invite @imagecheck, or get the report as a DM.`,
    body: sections([
      format`👋 ${where}`,
      format`Invite me with ${code('/invite @imagecheck')} and ask again, or get the report as a DM.`,
    ]),
    tail: actions([button(ids.askDirect, 'Send me the report', value, 'primary')]),
  });
}

function placeOf(target: WorkloadRef): string {
  return `${formatWorkload(target)} · ${target.namespace}`;
}
