import { z } from 'zod';
import { redact } from '../../model/text/redact.ts';
import { foreignList } from '../../model/values/foreign.ts';
import type { RawAnswer } from '../connection/answer.ts';
import type { Sent } from '../connection/api.ts';
import { formatRight, type Right } from '../connection/right.ts';

/** The API server's answer to a change. */
export type Written =
  | { readonly kind: 'done'; readonly object: unknown }
  /** A guard of the patch did not hold, or the object changed in the meantime: read again. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'exists' }
  | { readonly kind: 'absent'; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'forbidden'; readonly missingRight: string }
  /** `afterMs`: how long the server wants us to wait. `maybeDone`: the change may have been made nevertheless. */
  | { readonly kind: 'lost'; readonly why: string; readonly maybeDone: boolean; readonly afterMs?: number };

const Status = z.object({
  kind: z.literal('Status'),
  status: z.string().optional(),
  message: z.string().default(''),
  reason: z.string().default(''),
  details: z
    .object({
      name: z.string().optional(),
      causes: foreignList(z.object({ field: z.string().default(''), message: z.string().default('') })).nullish(),
    })
    .nullish(),
});
type Status = z.infer<typeof Status>;

/** Interprets the answer to a change; `right` is the permission that it needed. */
export function writtenOf(sent: Sent, right: Right): Written {
  if (sent.kind === 'broken') return { kind: 'lost', why: sent.why, maybeDone: sent.maybeDone };
  const { answer, retryAfterMs } = sent;
  const body = parsed(answer.body);
  if (answer.status >= 200 && answer.status <= 299) {
    if (typeof body === 'object' && body !== null) return { kind: 'done', object: body };
    return { kind: 'lost', why: 'the API server answered with something that is not an object', maybeDone: true };
  }
  const status = Status.safeParse(body).data;
  const lost = (maybeDone: boolean): Written => ({
    kind: 'lost',
    why: whyLost(answer, status),
    maybeDone,
    ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }),
  });
  // A busy server says so before it does anything; any other code without a Status does not come from the API server.
  if (answer.status === 429) return lost(false);
  if (status === undefined) return lost(answer.status >= 500);
  return refusalOf(answer.status, status, right) ?? lost(answer.status >= 500);
}

/** What decides about a change before anything is stored. */
function refusalOf(code: number, status: Status, right: Right): Written | undefined {
  const message = wordsOf(status);
  if (code === 409) return { kind: status.reason === 'AlreadyExists' ? 'exists' : 'stale' };
  if (code === 404) return status.reason === 'NotFound' ? { kind: 'absent', message } : undefined;
  if (code === 403) return isMissingRight(status) ? { kind: 'forbidden', missingRight: formatRight(right) } : refused();
  // A failed `test` has no name, no cause and no field (seen on 1.36); an invalid object has them all.
  if (code === 422 && isFailedTest(status)) return { kind: 'stale' };
  if ([400, 405, 406, 413, 415, 422].includes(code)) return refused();
  // A webhook that fails closed is called before the object is stored, so nothing was done.
  if (code === 500 && /failed calling webhook|admission webhook/.test(status.message)) return refused();
  return undefined;

  function refused(): Written {
    return { kind: 'refused', message };
  }
}

function isFailedTest({ details, message }: Status): boolean {
  const hasDetails = (details?.name ?? '') !== '' || (details?.causes?.length ?? 0) > 0;
  return !hasDetails && /rejected our request|testing value|test operation|json ?patch/i.test(message);
}

/** RBAC names the user and the verb right after "is forbidden"; admission names its plugin or policy there. */
function isMissingRight({ message }: Status): boolean {
  return /^[^:]{0,400}forbidden: User ".{0,400}" cannot [a-z]+ (?:resource|path) "/.test(message);
}

function whyLost(answer: RawAnswer, status: Status | undefined): string {
  const said = status === undefined || status.message === '' ? '' : `: ${wordsOf(status)}`;
  switch (answer.status) {
    case 401:
      return `the API server does not accept our credentials (401)${said}`;
    case 429:
      return `the API server is too busy (429)${said}`;
    default:
      return status === undefined
        ? `something in front of the API server answered ${answer.status}`
        : `the API server answered ${answer.status}${said}`;
  }
}

const longest = 1000;

/**
 * The server's own message. A value that it quotes may be the whole object with its environment (for immutable fields
 * and strict decoding), so for each invalid field only the name and the text after the value are kept.
 */
function wordsOf({ message, details }: Status): string {
  const causes = (details?.causes ?? []).filter((cause) => cause.message.startsWith(quoting));
  const [head = ''] = message.split(`: ${quoting}`);
  if (!message.includes(quoting)) return short(message);
  if (causes.length === 0) return short(`${head}: ${quoting}…`);
  const lines = causes.map((cause) => `${cause.field}: ${cause.message.slice(cause.message.lastIndexOf(': ') + 2)}`);
  const [subject = ''] = head.split(' is invalid: ');
  return short(`${subject} is invalid: ${[...new Set(lines)].join(', ')}`);
}

const quoting = 'Invalid value: ';

function short(text: string): string {
  return redact(text.slice(0, 4 * longest)).slice(0, longest);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
