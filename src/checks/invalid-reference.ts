import { parseImage } from '../model/image/image.ts';
import { containersText, cut } from '../model/text/words.ts';
import { defineCheck } from './evidence/check.ts';
import { pullGroups } from './evidence/pull.ts';
import { pullDraft, waitingText } from './evidence/pull-draft.ts';

/** The image field isn’t a valid image reference: upper case, white space, an unfilled template variable. */
export const invalidReference = defineCheck({
  id: 'invalid-reference',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'invalid-reference')) {
      const waiting = waitingText(group);
      for (const ruling of group.rulings) {
        const { probe } = ruling;
        const parsed = parseImage(probe.text);
        const reason = parsed.ok ? 'the node rejects it' : parsed.reason;
        const meant = parsed.ok ? undefined : parsed.suggestion;
        yield pullDraft(
          { ...group, rulings: [ruling] },
          {
            title: `"${cut(probe.text, 120)}" isn’t a valid image reference: ${reason} (${containersText(probe.containers)})`,
            conclusion: `No registry was asked because the name can’t be parsed. ${waiting}`.trim(),
            next:
              meant === undefined
                ? 'Correct the image in the manifest or chart that sets it; look for a variable that wasn’t filled in.'
                : `Correct the image; probably meant: ${cut(meant, 200)}.`,
            ...(meant === undefined
              ? {}
              : {
                  proposals: probe.containers.map((container) => ({
                    remedy: 'set-image' as const,
                    params: { container, image: meant },
                    summary: `Set ${container} to ${meant}`,
                  })),
                }),
            prevent: {
              sentence: 'Validate references in CI before they reach the cluster.',
              snippet: 'imagecheck image "$IMAGE" --offline --json',
            },
          },
        );
      }
    }
  },
});
