import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A text that people reported, with the causes that an answer may name. */
export interface LabelledText {
  readonly id: string;
  readonly set: string;
  readonly message: string;
  readonly eventReason?: string;
  readonly image?: string;
  readonly right: string;
  readonly acceptable: readonly string[];
  /** Whether the text alone can settle the cause; where it cannot, certainty is a mistake. */
  readonly canTell: boolean;
}

const Labelled = z.object({
  id: z.string(),
  message: z.string(),
  kind: z.unknown().optional(),
  event_reason: z.string().nullish(),
  image: z.string().nullish(),
  right: z.string().optional(),
  category: z.string().optional(),
  also_acceptable: z.array(z.string()),
  text_can_tell: z.boolean().optional(),
});

/** Which fixture each set of texts is from. */
const sets = { catalogue: 'pull-errors', 'field cases': 'field-cases', 'field reports': 'field-reports' } as const;

/** Every labelled text of the published fixtures; situations of whole workloads are left out. */
export function labelledTexts(): readonly LabelledText[] {
  return Object.entries(sets).flatMap(([set, file]) => {
    const path = new URL(`../../test/fixtures/${file}.json`, import.meta.url);
    const { cases } = z.object({ cases: z.array(Labelled) }).parse(JSON.parse(readFileSync(path, 'utf8')));
    return cases
      .filter(({ kind }) => kind !== 'situation')
      .map(({ id, message, event_reason, image, right, category, also_acceptable, text_can_tell }) => ({
        id: `${file} ${id}`,
        set,
        message,
        ...(event_reason == null ? {} : { eventReason: event_reason }),
        ...(image == null ? {} : { image }),
        right: right ?? category ?? 'unknown',
        acceptable: [right ?? category ?? 'unknown', ...also_acceptable],
        canTell: text_can_tell ?? true,
      }));
  });
}
