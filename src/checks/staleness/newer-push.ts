import type { Moment } from '../../model/finding/finding.ts';
import type { ImageProbe, RunningImage, TagCandidate } from '../../model/snapshot/snapshot.ts';
import { cut, shortDigest } from '../../model/text/words.ts';
import { digestsOf } from '../evidence/digests.ts';
import { buildMillisOf } from '../evidence/time.ts';

/** Tags that are not releases of the main line: pull requests, caches, signatures, images of one platform. */
const sidelines =
  /^(pr|pull|feature|feat|fix|bugfix|test|tmp|temp|cache|buildcache|dependabot|renovate|branch)[-_./\d]|^sha256-|(^|-)(amd64|arm64|arm|armv7|ppc64le|s390x|cache|buildcache)$/i;

/** Whether a tag belongs to a pull request, a cache, a signature or one platform, and so does not name a release. */
export function isSideline(tag: string): boolean {
  return sidelines.test(tag);
}

/** A push to the same repository that differs from what runs. */
export interface NewerPush {
  readonly candidate: TagCandidate;
  /** Undefined if the registry reports no push time and the config has no plausible build time. */
  readonly atMs: number | undefined;
  readonly at: string;
  /** `pushed` only if the registry itself reports the time. */
  readonly verb: 'pushed' | 'built';
}

/** When the running image was built, if its config has a plausible time. */
export function ownBuild(
  probe: ImageProbe,
  running: readonly RunningImage[],
): { readonly at: string; readonly atMs: number } | undefined {
  const tag = probe.image.known ? probe.image.value.tag : undefined;
  const times = [
    ...running.map(({ config }) => (config.known ? config.value.created : undefined)),
    ...probe.candidates.filter((candidate) => candidate.tag === tag).map(({ built }) => built),
    ...(probe.configs.known ? probe.configs.value.map(({ created }) => created) : []),
  ];
  for (const at of times) {
    const atMs = buildMillisOf(at);
    if (at !== undefined && atMs !== undefined) return { at, atMs };
  }
  return undefined;
}

/** The newest push among the candidates that differs from the running image; undated ones come last. */
export function newestOther(probe: ImageProbe, running: readonly RunningImage[]): NewerPush | undefined {
  const same = new Set([...digestsOf(probe), ...running.map(({ digest }) => digest)]);
  const tag = probe.image.known ? probe.image.value.tag : undefined;
  const dated = probe.candidates
    .filter((candidate) => candidate.tag !== tag && !isSideline(candidate.tag))
    .map(dateOf)
    .sort((a, b) => (b.atMs ?? -Infinity) - (a.atMs ?? -Infinity));
  const [newest] = dated;
  // The newest push is what runs: then nothing is newer, whatever older tags there are.
  return newest === undefined || same.has(newest.candidate.digest) ? undefined : newest;
}

function dateOf(candidate: TagCandidate): NewerPush {
  const pushedMs = buildMillisOf(candidate.pushedAt);
  const builtMs = buildMillisOf(candidate.built);
  return pushedMs !== undefined
    ? { candidate, atMs: pushedMs, at: candidate.pushedAt ?? '', verb: 'pushed' }
    : { candidate, atMs: builtMs, at: candidate.built ?? '', verb: 'built' };
}

/** The word for it: "pushed" only if the registry itself reports the time. */
export function pushNoun({ verb }: NewerPush): 'push' | 'build' {
  return verb === 'pushed' ? 'push' : 'build';
}

/** `:latest sha256:9c0d… (commit 1f2c9aa)`. */
export function pushText({ candidate: { tag, digest, revision } }: NewerPush): string {
  return `:${cut(tag, 60)} ${shortDigest(digest)}${revisionText(revision)}`;
}

/** ` (commit 1f2c9aa)`, or an empty text. */
export function revisionText(revision: string | undefined): string {
  return revision === undefined || revision === '' ? '' : ` (commit ${cut(revision, 40).slice(0, 12)})`;
}

/** The two builds, for a timeline. */
export function buildMoments(
  probe: ImageProbe,
  running: readonly RunningImage[],
  push: NewerPush | undefined,
): readonly Moment[] {
  const own = ownBuild(probe, running);
  const [first] = running;
  const revision = first?.config.known === true ? first.config.value.revision : undefined;
  return [
    ...(own === undefined ? [] : [{ at: own.at, what: `what runs was built${revisionText(revision)}` }]),
    ...(push?.atMs === undefined ? [] : [{ at: push.at, what: `${pushText(push)} ${push.verb}` }]),
  ];
}
