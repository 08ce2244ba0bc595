import { z } from 'zod';

/**
 * What a message is about: the record it describes, and which of that record's messages it is. The same origin is
 * the same message.
 */
export const MessageOrigin = z.discriminatedUnion('about', [
  z.object({
    about: z.literal('ask'),
    ask: z.string(),
    /** `parent` shows the request; `report` is the answer; `invitation` says that the channel accepts no answer. */
    part: z.enum(['parent', 'report', 'invitation']),
  }),
  z.object({
    about: z.literal('approval'),
    approval: z.string(),
    /**
     * `plan` shows the plan and its state, `result` how it ended, `diagnosis` a report of what still fails. `break-glass`
     * tells the security channel; `unseen` and `untold` tell a person that a channel took the plan or that notice not.
     */
    part: z.enum(['plan', 'result', 'diagnosis', 'break-glass', 'unseen', 'untold']),
    /** Which one, where there are several: the report of a diagnosis, the user that is told. */
    which: z.string().optional(),
  }),
]);
export type MessageOrigin = z.infer<typeof MessageOrigin>;

/** The outbox id of the message with this origin; ids of records hold no colon. */
export function messageIdOf(origin: MessageOrigin): string {
  switch (origin.about) {
    case 'ask':
      return `ask:${origin.ask}:${origin.part}`;
    case 'approval': {
      const id = `approval:${origin.approval}:${origin.part}`;
      return origin.which === undefined ? id : `${id}:${origin.which}`;
    }
  }
  return origin satisfies never;
}

/**
 * The origin in an id of `messageIdOf`, for what holds the id alone: values of buttons, and messages of releases that did
 * not store the origin.
 */
export function originOfId(id: string): MessageOrigin | undefined {
  const [about, record, part, ...which] = id.split(':');
  const more = which.length === 0 ? {} : { which: which.join(':') };
  return MessageOrigin.safeParse({ about, [about === 'ask' ? 'ask' : 'approval']: record, part, ...more }).data;
}

/** What a message is about; undefined for one of an unknown release. */
export function originOf({ id, origin }: { readonly id: string; readonly origin?: MessageOrigin | undefined }) {
  return origin ?? originOfId(id);
}

/** The question that a message belongs to. */
export function askOf(origin: MessageOrigin | undefined): string | undefined {
  return origin?.about === 'ask' ? origin.ask : undefined;
}

/** `id` and `origin` of a message. */
export function originated(origin: MessageOrigin): { readonly id: string; readonly origin: MessageOrigin } {
  return { id: messageIdOf(origin), origin };
}
