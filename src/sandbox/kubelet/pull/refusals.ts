import type { Fields } from '../../cluster/objects/object.ts';
import { list, records } from '../../cluster/objects/object.ts';
import type { Dialect } from './dialect.ts';
import { PullFailure } from './failure.ts';
import { goQuote } from './go-text.ts';
import type { Descriptor } from './resolve.ts';

/** Images from before 2016, which containerd 2.0 and later reject. */
export const schema1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';

/** Up to 1.7 they are converted, which requires a signature. */
export function schema1Refusal(dialect: Dialect): PullFailure {
  const rebuild =
    'please rebuild the image as "application/vnd.docker.distribution.manifest.v2+json" or "application/vnd.oci.image.manifest.v1+json"';
  if (dialect === 'containerd-1.6' || dialect === 'containerd-1.7') return new PullFailure('no signatures');
  if (dialect === 'containerd-2') {
    const text = 'schema 1 image manifests are no longer supported: invalid argument';
    return new PullFailure(text, { code: 'InvalidArgument' });
  }
  const since = `not implemented: media type ${goQuote(schema1)} is no longer supported since containerd v2.1`;
  return new PullFailure(`${since}, ${rebuild}`, { code: 'Unimplemented' });
}

/** An index with no manifest for the node. The transfer service notices it later, and its message omits the image. */
export function noPlatform(dialect: Dialect, { digest }: Descriptor): PullFailure {
  if (dialect !== 'containerd-2')
    return new PullFailure('no match for platform in manifest: not found', { code: 'NotFound' });
  return new PullFailure(`get image config descriptor: no match for platform in manifest ${digest}: not found`, {
    code: 'NotFound',
    isWhole: true,
  });
}

/** The content is neither an image nor an index: a login page, a manifest of another kind. */
export function notAnImage(dialect: Dialect, { mediaType, digest }: Descriptor): PullFailure {
  const text = `unexpected media type ${mediaType} for ${digest}: not found`;
  return dialect === 'containerd-2'
    ? new PullFailure(`get image config descriptor: ${text}`, { code: 'NotFound', isWhole: true })
    : new PullFailure(`failed to unpack image on snapshotter overlayfs: ${text}`, { code: 'NotFound' });
}

/** An artifact in an image manifest, such as a Helm chart. Newer versions pull it and fail to start it. */
export function artifactRefusal(dialect: Dialect, manifest: Fields, config: Fields): PullFailure | undefined {
  const isImage = records(manifest, 'layers').length === list(config, 'rootfs', 'diff_ids').length;
  if (isImage || dialect !== 'containerd-1.6') return undefined;
  return new PullFailure(
    'failed to unpack image on snapshotter overlayfs: mismatched image rootfs and manifest layers',
  );
}
