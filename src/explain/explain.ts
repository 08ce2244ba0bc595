import type { Cause } from '../model/finding/cause.ts';
import type { Conclusion } from '../model/finding/conclusion.ts';
import type { Confidence } from '../model/finding/finding.ts';
import type { Address } from './rules/address.ts';
import { rules } from './rules/index.ts';
import { type ExplainedSubject, type Message, type MessageContext, readMessage } from './rules/message.ts';
import type { Rule } from './rules/rule.ts';
import { wordingOf } from './wording.ts';

/**
 * What a text means, from the text alone: a probe of the registry outranks it
 * (docs/how-it-decides.md#the-order-of-trust).
 */
export interface Explanation {
  readonly cause: Cause;
  readonly confidence: Confidence;
  /** Other causes that the same text could have. */
  readonly also: readonly Cause[];
  readonly meaning: string;
  /** What to do, in a sentence or two. */
  readonly next: string;
  /** The evidence that would settle it. */
  readonly confirm?: string;
  /** What the text is about; absent if that is no image. */
  readonly subject?: ExplainedSubject;
  /** Registry that the text refers to. */
  readonly host?: string;
  /** The address that failed, where the text names it; often not the registry. */
  readonly address?: Address;
  /** Image reference as written in the text. */
  readonly image?: string;
  /** The words that decided; empty when none did. */
  readonly matched: string;
}

/**
 * Explains a message of the kubelet, a runtime, a registry, a cloud or a builder. Unrelated text gives the cause
 * `unknown`. Pure, never throws, and reads at most 16,000 characters.
 */
export function explainText(text: string, context: MessageContext = {}): Explanation {
  const message = readMessage(text, context);
  const found = firstMatch(message, rules);
  const conclusion: Conclusion = found?.conclusion ?? { cause: 'unknown', confidence: 'possible' };
  const { meaning, next } = wordingOf(message, conclusion);
  const isAboutImage = conclusion.cause !== 'not_image_related';
  return {
    cause: conclusion.cause,
    confidence: conclusion.confidence,
    also: (conclusion.also ?? []).filter((cause) => cause !== conclusion.cause),
    meaning,
    next,
    ...(found === undefined ? {} : { confirm: found.rule.confirm }),
    ...(isAboutImage ? { subject: message.subject } : {}),
    ...(message.host === undefined ? {} : { host: message.host }),
    ...(message.address === undefined ? {} : { address: message.address }),
    ...(message.image === undefined ? {} : { image: message.image }),
    matched: found?.matched ?? '',
  };
}

/** The first matching rule, with the words it matched. */
export function firstMatch(
  message: Message,
  candidates: readonly Rule[],
): { readonly rule: Rule; readonly conclusion: Conclusion; readonly matched: string } | undefined {
  for (const rule of candidates) {
    const match = rule.pattern.exec(message.text);
    if (match === null || rule.when?.(message) === false) continue;
    const conclusion = typeof rule.conclude === 'function' ? rule.conclude(message) : rule.conclude;
    return { rule, conclusion, matched: match[0] };
  }
  return undefined;
}
