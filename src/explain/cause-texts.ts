import type { Cause } from '../model/finding/cause.ts';
import { accessTexts } from './texts/access.ts';
import { contentTexts } from './texts/content.ts';
import { networkTexts } from './texts/network.ts';
import type { CauseText } from './texts/text.ts';
import { workloadTexts } from './texts/workload.ts';

const texts: Readonly<Record<Cause, CauseText>> = {
  ...accessTexts,
  ...contentTexts,
  ...networkTexts,
  ...workloadTexts,
};

/** The sentences about a cause, for reports, explanations and checks. */
export function causeText(cause: Cause): CauseText {
  return texts[cause];
}
