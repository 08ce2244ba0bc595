import type { Conclusion } from '../../model/finding/conclusion.ts';
import type { Message } from './message.ts';

/** One wording that the kubelet, runtimes, registries, clouds or builders use. */
export interface Rule {
  readonly id: string;
  /** Matches `Message.text`. No two unbounded quantifiers that can match the same characters. */
  readonly pattern: RegExp;
  /** A condition in addition to the pattern: the registry, the status, whether the text is about a pull at all. */
  readonly when?: (message: Message) => boolean;
  readonly conclude: Conclusion | ((message: Message) => Conclusion);
  /** The evidence that would settle it, as a sentence. */
  readonly confirm: string;
  /** Such a line may be quoted from a container's log. */
  readonly inLogs?: true;
}

/** For rules about the network and about statuses: unless it is about a pull, any program may have written the text. */
export function aboutPull(message: Message): boolean {
  return message.isPull;
}
