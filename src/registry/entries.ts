import type { ImageRef } from '../model/image/image.ts';
import { providerOf } from '../model/providers/index.ts';
import type { RegistrySetting } from '../model/settings/settings.ts';

/** Configured entries that cover an image, the narrowest path first. */
export function entriesOf(registries: readonly RegistrySetting[], image: ImageRef): readonly RegistrySetting[] {
  const covers = ({ host, pathPrefix }: RegistrySetting): boolean =>
    sameHost(host, image.registry) &&
    (pathPrefix === undefined || image.repository === pathPrefix || image.repository.startsWith(`${pathPrefix}/`));
  return registries.filter(covers).sort((left, right) => prefixLength(right) - prefixLength(left));
}

/** Length of the path that an entry is limited to. */
export function prefixLength({ pathPrefix = '' }: RegistrySetting): number {
  return pathPrefix.length;
}

/** The entry that says how to reach a host: the one that covers the whole host, if there is one. */
export function entryOfHost(registries: readonly RegistrySetting[], host: string): RegistrySetting | undefined {
  const entries = registries.filter((setting) => sameHost(setting.host, host));
  return entries.find(({ pathPrefix }) => pathPrefix === undefined) ?? entries[0];
}

/** Whether two hosts are the same registry, which may have several names; otherwise a host only equals itself. */
export function sameHost(left: string, right: string): boolean {
  return left === right || providerOf(left).apiHost(left) === providerOf(right).apiHost(right);
}
