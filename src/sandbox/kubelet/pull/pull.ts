import { formatImage, type ImageRef, parseImage, pullReference } from '../../../model/image/image.ts';
import { type Fields, fields, list, number, records, text } from '../../cluster/objects/object.ts';
import { createAuthorizer, type Login } from './authorizer.ts';
import { dialectOf, finished } from './dialect.ts';
import { PullFailure, wrapping } from './failure.ts';
import { fetchContent, isIndex, isManifest } from './fetch.ts';
import { goQuote, invalidReference } from './go-text.ts';
import type { Network } from './http.ts';
import { nodePlatform, type Platform, platformRank } from './platform.ts';
import { artifactRefusal, noPlatform, notAnImage, schema1, schema1Refusal } from './refusals.ts';
import { hostsFor, type Mirror } from './registry-host.ts';
import { type Descriptor, type PullSession, resolve } from './resolve.ts';

/** An image stored on a node after a pull. */
export interface PulledImage {
  /** Canonical: `docker.io/library/nginx:1.27`, or with a digest. */
  readonly reference: string;
  readonly repository: string;
  /** The digest of the reference: the index of a multi-platform image. */
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
  /** `use_local_image_pull`: pull locally, without the transfer service. */
  readonly localPull?: boolean;
  readonly mirrors: readonly Mirror[];
}

/** Pulls as the CRI plugin of containerd does; throws a PullFailure with the message that the kubelet receives. */
export async function pullImage(
  network: Network,
  node: PullingNode,
  imageText: string,
  login: Login | undefined,
): Promise<PulledImage> {
  try {
    return await pull(network, node, imageText, login);
  } catch (error) {
    throw error instanceof PullFailure ? error.reword((said) => finished(node.runtime, said)) : error;
  }
}

async function pull(
  network: Network,
  node: PullingNode,
  imageText: string,
  login: Login | undefined,
): Promise<PulledImage> {
  const dialect = dialectOf(node.runtime, node.localPull);
  const parsed = parseImage(imageText);
  if (!parsed.ok) {
    const why = invalidReference(imageText, dialect !== 'containerd-1.6');
    throw new PullFailure(`failed to parse image reference ${goQuote(imageText)}: ${why}`);
  }
  const image = pullReference(parsed.image);
  const reference = formatImage(image);
  const authorizer = createAuthorizer(network, dialect, image.repository, login);
  const hosts = hostsFor(image.registry, node.mirrors);
  const session: PullSession = { network, authorizer, dialect, hosts, image, reference };
  return wrapping(`failed to pull and unpack image ${goQuote(reference)}`, async () => {
    const step =
      dialect === 'containerd-2' ? 'failed to resolve image' : `failed to resolve reference ${goQuote(reference)}`;
    const target = await wrapping(step, () => resolve(session));
    if (target.mediaType === schema1) throw schema1Refusal(dialect);
    return content(session, nodePlatform(node.os, node.architecture), target, image);
  });
}

async function content(
  session: PullSession,
  wanted: Platform,
  target: Descriptor,
  image: ImageRef,
): Promise<PulledImage> {
  const top = await fetchContent(session, target);
  const { dialect } = session;
  const chosen = isIndex(target.mediaType) ? choose(json(top, target), wanted) : target;
  if (chosen === undefined) throw noPlatform(dialect, target);
  const manifestBytes = chosen === target ? top : await fetchContent(session, chosen);
  if (!isManifest(chosen.mediaType)) throw notAnImage(dialect, chosen);
  const manifest = json(manifestBytes, chosen);
  const config = descriptor(fields(manifest, 'config'));
  const layers = records(manifest, 'layers').map(descriptor);
  const configBytes = await fetchContent(session, config);
  await Promise.all(layers.map((layer) => fetchContent(session, layer)));
  const configured = json(configBytes, config);
  const refusal = artifactRefusal(dialect, manifest, configured);
  if (refusal !== undefined) throw refusal;
  const { os, architecture, variant, process } = configFacts(configured, wanted);
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
function choose(index: Fields, wanted: Platform): Descriptor | undefined {
  const ranked = records(index, 'manifests').flatMap((child) => {
    const platform = { os: text(child, 'platform', 'os'), architecture: text(child, 'platform', 'architecture') };
    const variant = text(child, 'platform', 'variant');
    const rank = platformRank(wanted, { ...platform, ...(variant === '' ? {} : { variant }) });
    return rank === undefined ? [] : [{ rank, child: descriptor(child) }];
  });
  return ranked.sort((a, b) => a.rank - b.rank)[0]?.child;
}

function descriptor(value: Fields): Descriptor {
  return { digest: text(value, 'digest'), mediaType: text(value, 'mediaType'), size: number(value, 'size') ?? 0 };
}

function json(bytes: Buffer, { digest }: Descriptor): Fields {
  try {
    return fields({ value: JSON.parse(bytes.toString('utf8')) }, 'value');
  } catch {
    const first = bytes.toString('utf8').trimStart().slice(0, 1);
    const why =
      first === '' ? 'unexpected end of JSON input' : `invalid character '${first}' looking for beginning of value`;
    throw new PullFailure(`children: invalid desc ${digest}: ${why}`);
  }
}
