import { type ImageRef, parseImage, pullReference } from './image.ts';

/** Tags that are conventionally moved with every push. */
const moving = new Set(['latest', 'main', 'master', 'stable', 'edge', 'nightly', 'dev', 'develop']);

/** Whether the reference follows a conventionally moving tag (no tag means `latest`), rather than one push. */
export function isMovingTag(image: ImageRef): boolean {
  const { tag } = pullReference(image);
  return tag !== undefined && moving.has(tag);
}

/** Whether the reference means `latest`, by name or because it has no tag. */
export function isLatest(image: ImageRef): boolean {
  return pullReference(image).tag === 'latest';
}

/** A release such as `1.2`, `v16.4.1-alpine`: people pin such tags on purpose. */
export function isRelease(tag: string): boolean {
  return /^v?\d+(\.\d+){1,3}([-+_.][A-Za-z][\w.+-]*)?$/.test(tag) && !/^\d{4}\.?\d\d\.?\d\d/.test(tag);
}

/** The registry and owner of a reference: `ghcr.io/acme`. */
export function ownerOf({ registry, repository }: ImageRef): string {
  const slash = repository.indexOf('/');
  return slash < 0 ? registry : `${registry}/${repository.slice(0, slash)}`;
}

/** The parsed reference; undefined when the text isn't one. */
export function imageOf(text: string): ImageRef | undefined {
  const parsed = parseImage(text);
  return parsed.ok ? parsed.image : undefined;
}
