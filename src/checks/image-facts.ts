import { formatPlatform } from '../model/image/outcome.ts';
import type { PlatformChild } from '../model/image/platform-fit.ts';
import type { ImageProbe } from '../model/snapshot/snapshot.ts';
import { distinct, listed, shortDigest, sizeText } from '../model/text/words.ts';
import { accessOf } from './evidence/access.ts';
import { defineCheck } from './evidence/check.ts';
import { isImageQuestion } from './evidence/seen.ts';

/** What an image is, for those who asked about it: digest, platforms, size, when it was built, and who could read it. */
export const imageFacts = defineCheck({
  id: 'image-facts',
  *run(snapshot) {
    if (!isImageQuestion(snapshot)) return;
    for (const probe of snapshot.images) {
      if (probe.digest.known) yield { note: factsOf(probe, probe.digest.value) };
    }
  },
});

function factsOf(probe: ImageProbe, digest: string): string {
  const { configs, absentChildren = [] } = probe;
  const read = configs.known ? configs.value : [];
  const deleted = platformsAmong(absentChildren);
  const platforms = distinct([...platformsOf(probe), ...read.map(({ platform }) => formatPlatform(platform))]);
  const built = read.flatMap(({ created }) => (created === undefined || created < '1980' ? [] : [created])).sort();
  const sizes = read.map(({ platform, layersBytes }) =>
    layersBytes === undefined ? [] : [`${sizeText(layersBytes)} for ${formatPlatform(platform)}`],
  );
  return [
    shortDigest(digest),
    ...(platforms.length === 0 ? [] : [listed(platforms, 6)]),
    ...(deleted.length === 0 ? [] : [`deleted: ${listed(deleted, 6)}`]),
    ...(sizes.flat().length === 0 ? [] : [`${listed(sizes.flat())} to transfer`]),
    ...built.slice(-1).map((created) => `built ${created.slice(0, 16).replace('T', ' ')} UTC`),
    readBy(probe),
  ].join(' · ');
}

/** What the index offers and the registry still has. */
function platformsOf({ manifest, absentChildren = [] }: ImageProbe): readonly string[] {
  if (!manifest.known || manifest.value.body.kind !== 'index') return [];
  const absent = new Set(absentChildren.map(({ digest }) => digest));
  return platformsAmong(manifest.value.body.children.filter(({ digest }) => !absent.has(digest)));
}

/** An index also names attestations, which are for no platform. */
function platformsAmong(children: readonly PlatformChild[]): readonly string[] {
  return children.flatMap(({ platform }) =>
    platform === undefined || platform.os === 'unknown' ? [] : [formatPlatform(platform)],
  );
}

function readBy(probe: ImageProbe): string {
  const { workload, anonymous } = accessOf(probe);
  if (workload?.outcome.kind === 'found' && workload.secretName !== undefined) {
    return `read with Secret ${workload.secretName}`;
  }
  const isPublic = [workload, anonymous].some((attempt) => attempt?.outcome.kind === 'found');
  return isPublic ? 'read anonymously' : 'read with imagecheck’s own credential';
}
