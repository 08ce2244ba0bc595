import { armBuilder, bothPlatforms, failingBuild, outOfMemory } from './builder.ts';
import { bundleMismatch, ownCrash } from './bundle-mismatch.ts';
import { danglingIndex, unusedChild } from './dangling-index.ts';
import { hungPull, slowPull } from './hung-pull.ts';
import { missingVolume, mountedVolume } from './image-volume.ts';
import { mirrorDown, mirrorFallback } from './mirror.ts';
import { neverPublished, registryDown } from './never-published.ts';
import { damagedStore, networkPlugin, pauseImage, soundStore } from './node-image.ts';
import { placeholder, realNginx } from './placeholder.ts';
import { expiredSecret, harmlessSecret, nodeIdentity } from './pull-secrets.ts';
import { rateLimit, signedIn } from './rate-limit.ts';
import { pinnedVersion, sameDigest, staleImages } from './stale-images.ts';
import type { StoryKind } from './story.ts';

/** Every story followed by its twins, in the order of the page. */
export const storyKinds: readonly StoryKind[] = [
  staleImages,
  pinnedVersion,
  sameDigest,
  bundleMismatch,
  ownCrash,
  neverPublished,
  registryDown,
  rateLimit,
  signedIn,
  placeholder,
  realNginx,
  expiredSecret,
  harmlessSecret,
  nodeIdentity,
  armBuilder,
  bothPlatforms,
  outOfMemory,
  failingBuild,
  mirrorDown,
  mirrorFallback,
  hungPull,
  slowPull,
  danglingIndex,
  unusedChild,
  missingVolume,
  mountedVolume,
  pauseImage,
  networkPlugin,
  damagedStore,
  soundStore,
];
