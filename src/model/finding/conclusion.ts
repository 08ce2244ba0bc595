import type { Cause } from './cause.ts';
import type { Confidence } from './finding.ts';

/** What a text amounts to. */
export interface Conclusion {
  readonly cause: Cause;
  readonly confidence: Confidence;
  /** Other causes that the same text could have. */
  readonly also?: readonly Cause[];
  /** Replaces the cause's own sentences where the text says more. */
  readonly meaning?: string;
  readonly next?: string;
}
