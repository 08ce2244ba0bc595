import type { Cause } from './cause.ts';
import type { Confidence } from './finding.ts';

/** What a text comes down to. */
export interface Conclusion {
  readonly cause: Cause;
  readonly confidence: Confidence;
  /** Causes that the same text could also have. */
  readonly also?: readonly Cause[];
  /** Said in place of the cause's own sentences, where the text tells more. */
  readonly meaning?: string;
  readonly next?: string;
}
