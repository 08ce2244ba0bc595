import { familiarImage, parseImage } from '../../model/image/image.ts';

/**
 * The configured placeholder (`nginx:alpine`, `busybox`) that an image matches, if any. A pattern without a tag matches
 * every tag.
 */
export function matchPlaceholder(text: string, placeholders: readonly string[]): { readonly placeholder?: string } {
  const parsed = parseImage(text);
  if (!parsed.ok) return {};
  const name = familiarImage(parsed.image);
  const untagged = familiarImage({ registry: parsed.image.registry, repository: parsed.image.repository });
  const found = placeholders.find((pattern) => pattern === name || pattern === untagged);
  return found === undefined ? {} : { placeholder: found };
}
