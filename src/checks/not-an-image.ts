import type { Evidence } from '../model/finding/finding.ts';
import { artifactKind } from '../model/image/artifact.ts';
import { distinct } from '../model/text/words.ts';
import { artifactTypeOf } from './evidence/artifact-type.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { type PullGroup, type PullRuling, pullGroups } from './evidence/pull.ts';
import { groupText, imageName, pullDraft, waitingText } from './evidence/pull-draft.ts';

/** The reference names an artifact such as a Helm chart: it can be downloaded, and no runtime can start it. */
export const notAnImage = defineCheck({
  id: 'not-an-image',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'not-an-image')) yield artifact(group);
  },
});

function artifact(group: PullGroup): Draft {
  const types = distinct(group.rulings.flatMap(({ probe }) => artifactTypeOf(probe) ?? []));
  const { what, use } = artifactKind(types.join(' '));
  return pullDraft(group, {
    title: `${groupText(group)} is ${what}, not a container image`,
    conclusion: ['No credential and no other node helps.', waitingText(group)].filter((text) => text !== '').join(' '),
    next: `Name the container image instead. ${use}`,
    prevent: { sentence: 'Push charts and other artifacts to repositories of their own.' },
    extraEvidence: group.rulings.slice(0, 3).flatMap((ruling) => typeEvidence(ruling)),
  });
}

function typeEvidence({ probe }: PullRuling): readonly Evidence[] {
  const type = artifactTypeOf(probe);
  return type === undefined
    ? []
    : [{ source: 'registry', subject: imageName(probe), observed: `artifact type ${type}` }];
}
