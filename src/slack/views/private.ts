import {
  actions,
  button,
  code,
  type Drawn,
  type Formatted,
  format,
  join,
  message,
  prose,
  sections,
} from '../blocks/blocks.ts';
import { ids } from '../blocks/ids.ts';

/** A command that cannot be understood, and what was probably meant. */
export function drawMistake({
  message: text,
  didYouMean,
}: {
  readonly message: string;
  readonly didYouMean?: string;
}): Drawn {
  const meant = didYouMean === undefined ? [] : [format`Did you mean ${code(didYouMean, 500)}?`];
  return message({
    text: format`${prose(text, 1000)}${didYouMean === undefined ? '' : ` Did you mean: ${didYouMean}?`}`,
    body: sections([format`🤔 ${withCode(text)}`, ...meant, format`${code('/imagecheck help')} lists the commands.`]),
  });
}

/** A sentence of ours in which backquotes enclose text to type; what they enclose is escaped like the rest. */
function withCode(text: string): Formatted {
  const space = format` `;
  const parts = text.split('`').flatMap((part, index) => {
    if (index % 2 === 1) return [code(part, 200)];
    return [...(/^\s/.test(part) ? [space] : []), prose(part, 1000), ...(/\S\s+$/.test(part) ? [space] : [])];
  });
  return join(parts, '');
}

/** Something is not allowed here, and why. */
export function drawRefusal(why: string): Drawn {
  return message({ text: prose(why, 1000), body: sections([format`🚫 ${prose(why, 1000)}`]) });
}

/** Several clusters, and none was named. */
export function drawClusterChoice(
  clusters: readonly string[],
  { actionId, valueOf }: { readonly actionId: string; readonly valueOf: (cluster: string) => string },
): Drawn {
  const question =
    clusters.length === 0
      ? format`No cluster is configured (clusters).`
      : format`Which cluster? Add ${code('-c NAME')}, or set this channel’s default with ${code('/imagecheck use -c NAME')}.`;
  const buttons = clusters
    .slice(0, 25)
    .map((cluster, index) => button(`${actionId}.${index}`, cluster, valueOf(cluster)));
  return message({ text: question, body: sections([format`❓ ${question}`]), tail: actions(buttons) });
}

/** The cluster and namespace that commands in this channel default to. */
export function drawDefaults(
  { cluster, namespace }: { readonly cluster?: string; readonly namespace?: string },
  subject: string,
): Drawn {
  const parts = [
    ...(cluster === undefined ? [] : [format`cluster ${code(cluster, 80)}`]),
    ...(namespace === undefined ? [] : [format`namespace ${code(namespace, 80)}`]),
  ];
  const [first, second] = parts;
  const chosen =
    first === undefined
      ? format`${subject} has no default cluster or namespace; set them with ${code('use -c CLUSTER -n NAMESPACE')}.`
      : format`${subject} defaults to ${first}${second === undefined ? format`` : format` and ${second}`}.`;
  return message({ text: chosen, body: sections([format`📌 ${chosen}`]) });
}

/** What prevented a request from being answered; the log uses the same kinds. */
export type RequestFailure =
  | { readonly kind: 'redis unavailable' | 'slack unavailable' | 'internal error' }
  /** `code` is Slack's own: `missing_scope`. */
  | { readonly kind: 'slack refused'; readonly code: string };

/** A request failed, and it was not the person's mistake; an operator can find the incident in the log. */
export function drawTrouble(failure: RequestFailure, incident: string): Drawn {
  const text = textOfFailure(failure);
  return message({ text, body: sections([format`⚠️ ${text}`, format`Incident for the log: ${code(incident)}`]) });
}

function textOfFailure(failure: RequestFailure): ReturnType<typeof format> {
  switch (failure.kind) {
    // Redis may have done what it answers too late.
    case 'redis unavailable':
      return format`I can’t take requests right now: Redis isn’t responding. If nothing shows up here within 30 seconds, try again.`;
    case 'slack unavailable':
      return format`Slack didn’t answer a call I need for this. If nothing shows up here within 30 seconds, try again.`;
    case 'slack refused':
      return format`Slack refused a call I need for this: ${code(failure.code)}. If trying again doesn’t help, whoever runs imagecheck should check the app’s permissions in Slack.`;
    case 'internal error':
      return format`Something inside imagecheck went wrong; your workload isn’t the cause. If nothing shows up here within 30 seconds, try again.`;
  }
  return failure satisfies never;
}

/** Slack waits only three seconds, and the outcome is not known yet. */
export function drawSlow(): Drawn {
  const text = format`This is taking longer than usual, and your question may not have been saved. If nothing shows up here within 30 seconds, ask again.`;
  return message({ text, body: sections([format`⏳ ${text}`]) });
}

/** The old report is gone. */
export function drawForgotten(): Drawn {
  const text = format`This report has been deleted. ${code('Check again')} creates a new one.`;
  return message({ text, body: sections([text]) });
}

/** In a thread, where no form can be opened: a button that opens it. */
export function drawOpenPicker(value: string): Drawn {
  const text = format`Which one? Type its name (${code('deployment NAME -n NAMESPACE')}), or choose from a list.`;
  return message({ text, body: sections([text]), tail: actions([button(ids.openPicker, 'Choose…', value)]) });
}
