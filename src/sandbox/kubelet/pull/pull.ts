import { formatImage, type ImageRef, parseImage, pullReference } from '../../../model/image.ts';
import { type Fields, fields, list, number, records, text } from '../../cluster/object.ts';
import { goQuote } from '../go-text.ts';
import { createAuthorizer, type Login } from './authorizer.ts';
import { type Dialect, dialectOf } from './dialect.ts';
import { PullFailure, wrapping } from './failure.ts';
import { fetchContent, isIndex, isManifest } from './fetch.ts';
import type { Network } from './http.ts';
import { nodePlatform, type Platform, platformRank } from './platform.ts';
import { hostsFor, type Mirror } from './registry-host.ts';
import { type Descriptor, type PullSession, resolve } from './resolve.ts';

/** An image as a node keeps it after a pull. */
export interface PulledImage {
  /** Canonical: `docker.io/library/nginx:1.27`, or with a digest. */
  readonly reference: string;
  readonly repository: string;
  /** What the reference named: the index of a multi-platform image. */
  readonly digest: string;
  /** The image manifest of this node's platform. */
  readonly manifestDigest: string;
  readonly configDigest: string;
  readonly sizeBytes: number;
  readonly platform: Platform;
  readonly entrypoint: readonly string[];
}

/** The node that pulls. */
export interface PullingNode {
  readonly os: string;
  readonly architecture: string;
  /** `containerd://2.1.4`. */
  readonly runtime: string;
  readonly mirrors: readonly Mirror[];
}

/** Pulls as the CRI plugin of containerd does; throws a PullFailure with the sentence that reaches the kubelet. */
export async function pullImage(
  network: Network,
  node: PullingNode,
  imageText: string,
  login: Login | undefined,
): Promise<PulledImage> {
  const parsed = parseImage(imageText);
  if (!parsed.ok) {
    throw new PullFailure(`failed to parse image reference ${goQuote(imageText)}: invalid reference format`, {
      code: 'InvalidArgument',
    });
  }
  const image = pullReference(parsed.image);
  const reference = formatImage(image);
  const dialect = dialectOf(node.runtime);
  const authorizer = createAuthorizer(network, dialect, image.repository, login);
  const hosts = hostsFor(image.registry, node.mirrors);
  const session: PullSession = { network, authorizer, dialect, hosts, image, reference };
  return wrapping(`failed to pull and unpack image ${goQuote(reference)}`, async () => {
    const step =
      dialect === 'containerd-2' ? 'failed to resolve image' : `failed to resolve reference ${goQuote(reference)}`;
    const target = await wrapping(step, () => resolve(session));
    refuseSchema1(dialect, target);
    return content(session, nodePlatform(node.os, node.architecture), target, image);
  });
}

const schema1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';

function refuseSchema1(dialect: Dialect, { mediaType }: Descriptor): void {
  if (mediaType !== schema1) return;
  const text =
    dialect === 'containerd-2'
      ? 'schema 1 image manifests are no longer supported: invalid argument'
      : `media type ${goQuote(schema1)} is no longer supported since containerd v2.0, please rebuild the image as "application/vnd.docker.distribution.manifest.v2+json" or "application/vnd.oci.image.manifest.v1+json": not implemented`;
  throw new PullFailure(text, { code: dialect === 'containerd-2' ? 'InvalidArgument' : 'Unimplemented' });
}

async function content(
  session: PullSession,
  wanted: Platform,
  target: Descriptor,
  image: ImageRef,
): Promise<PulledImage> {
  const top = await fetchContent(session, target);
  const chosen = isIndex(target.mediaType) ? choose(json(top), wanted) : target;
  const manifestBytes = chosen === target ? top : await fetchContent(session, chosen);
  if (!isManifest(chosen.mediaType)) {
    throw new PullFailure(`unexpected media type ${chosen.mediaType} for ${chosen.digest}: not found`, {
      code: 'NotFound',
    });
  }
  const manifest = json(manifestBytes);
  const config = descriptor(fields(manifest, 'config'));
  const layers = records(manifest, 'layers').map(descriptor);
  const configBytes = await fetchContent(session, config);
  await Promise.all(layers.map((layer) => fetchContent(session, layer)));
  const { os, architecture, variant, process } = configFacts(json(configBytes), wanted);
  return {
    reference: session.reference,
    repository: `${image.registry}/${image.repository}`,
    digest: target.digest,
    manifestDigest: chosen.digest,
    configDigest: config.digest,
    sizeBytes: manifestBytes.length + config.size + layers.reduce((sum, { size }) => sum + size, 0),
    platform: { os, architecture, ...(variant === '' ? {} : { variant }) },
    entrypoint: process,
  };
}

function configFacts(config: Fields, wanted: Platform) {
  const words = [...list(config, 'config', 'Entrypoint'), ...list(config, 'config', 'Cmd')];
  return {
    os: text(config, 'os') || wanted.os,
    architecture: text(config, 'architecture') || wanted.architecture,
    variant: text(config, 'variant'),
    process: words.filter((word) => typeof word === 'string'),
  };
}

/** The best child for the node; attestations (`unknown/unknown`) match nothing. */
function choose(index: Fields, wanted: Platform): Descriptor {
  const ranked = records(index, 'manifests').flatMap((child) => {
    const platform = { os: text(child, 'platform', 'os'), architecture: text(child, 'platform', 'architecture') };
    const variant = text(child, 'platform', 'variant');
    const rank = platformRank(wanted, { ...platform, ...(variant === '' ? {} : { variant }) });
    return rank === undefined ? [] : [{ rank, child: descriptor(child) }];
  });
  const [best] = ranked.sort((a, b) => a.rank - b.rank);
  if (best === undefined) throw new PullFailure('no match for platform in manifest: not found', { code: 'NotFound' });
  return best.child;
}

function descriptor(value: Fields): Descriptor {
  return { digest: text(value, 'digest'), mediaType: text(value, 'mediaType'), size: number(value, 'size') ?? 0 };
}

function json(bytes: Buffer): Fields {
  try {
    return fields({ value: JSON.parse(bytes.toString('utf8')) }, 'value');
  } catch {
    const first = bytes.toString('utf8').trimStart().slice(0, 1);
    throw new PullFailure(
      first === '' ? 'unexpected end of JSON input' : `invalid character '${first}' looking for beginning of value`,
    );
  }
}
