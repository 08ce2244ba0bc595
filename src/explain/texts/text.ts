import type { Cause } from '../../model/finding/cause.ts';

/** What people read about a cause. Sentences end with a full stop and name no specific image or host. */
export interface CauseText {
  readonly meaning: string;
  readonly next: string;
  /** How to prevent it; absent when nothing can be done in advance. */
  readonly prevent?: string;
}

/** The texts of one group of causes. */
export type CauseTexts = { readonly [C in Cause]?: CauseText };
