import type { Cause } from '../model/finding/cause.ts';
import type { Conclusion } from '../model/finding/conclusion.ts';
import { formatImage, parseImage } from '../model/image/image.ts';
import { cut } from '../model/text/words.ts';
import { causeText } from './cause-texts.ts';
import { addressSentence } from './rules/address.ts';
import type { Message } from './rules/message.ts';

/** What people read: the meaning of a text, and what to do. */
export interface Wording {
  readonly meaning: string;
  readonly next: string;
}

const unreached: ReadonlySet<Cause> = new Set([
  'dns_failure',
  'network_timeout',
  'connection_refused',
  'connection_reset',
  'deadline_exceeded',
  'proxy_error',
  'tls_untrusted_ca',
  'tls_name_mismatch',
  'tls_handshake_timeout',
  'http_on_https',
]);
const refused: ReadonlySet<Cause> = new Set([
  'registry_5xx',
  'registry_other_status',
  'network_acl',
  'blob_fetch_failed',
  'blob_unknown',
  'html_instead_of_manifest',
  'not_a_registry',
  'forbidden',
  'unauthorized',
  'denied_or_absent',
  'image_not_found',
  'rate_limited',
]);
const access: ReadonlySet<Cause> = new Set([
  'unauthorized',
  'no_credentials',
  'expired_credentials',
  'forbidden',
  'denied_or_absent',
]);
const passedOn: ReadonlySet<Cause> = new Set([
  'image_not_found',
  'denied_or_absent',
  'unauthorized',
  'forbidden',
  'blob_unknown',
]);

/** The sentences for a conclusion, fitted to who wrote the text and what it is about. */
export function wordingOf(message: Message, conclusion: Conclusion): Wording {
  const text = causeText(conclusion.cause);
  const plain = { meaning: conclusion.meaning ?? text.meaning, next: conclusion.next ?? text.next };
  if (conclusion.cause === 'unknown') return conclusion.meaning === undefined ? quoting(message, plain) : plain;
  if (conclusion.cause === 'not_image_related') return plain;
  const placed = withAddress(message, conclusion.cause, plain);
  if (message.subject === 'sandbox_image') return aboutSandbox(message, conclusion, placed);
  if (message.subject === 'image_volume') return aboutVolume(placed);
  const named = withImage(message, conclusion.cause, placed);
  if (conclusion.next !== undefined) return named;
  if (message.isBuilder && access.has(conclusion.cause)) return { ...named, next: builderNext };
  if (message.isBuilder && conclusion.cause === 'node_image_store') return builderStore;
  return withCache(message, conclusion.cause, named);
}

function withAddress({ address }: Message, cause: Cause, { meaning, next }: Wording): Wording {
  const known = address !== undefined && (unreached.has(cause) || refused.has(cause));
  const sentence = known ? addressSentence(address, unreached.has(cause)) : undefined;
  return { meaning: sentence === undefined ? meaning : `${meaning} ${sentence}`, next };
}

/** The commands of the advice, with the image in question if the text names a valid one. */
function withImage({ image }: Message, cause: Cause, { meaning, next }: Wording): Wording {
  const parsed = image === undefined ? undefined : parseImage(image);
  if (cause !== 'node_image_store' || parsed?.ok !== true || parsed.image.registry === '') return { meaning, next };
  const name = formatImage(parsed.image);
  return {
    meaning,
    next: next.replaceAll(/(crictl (?:rmi|pull)) IMAGE/g, (_all, command: string) => `${command} ${name}`),
  };
}

const builderNext =
  'Check the name first. Then give the build a credential of its own for this registry (its config.json, DOCKER_CONFIG or docker login where the build runs): a builder doesn’t use the pull secrets of pods.';

const builderStore: Wording = {
  meaning:
    'The image store where the build runs is damaged: a layer or its content is missing there. The registry isn’t the problem.',
  next: 'Where the build runs, remove the image and pull it again; if that fails, reset its store (docker system prune, podman system reset) or use a fresh builder.',
};

/** A mirror, or a host that may be a cache, passes its upstream’s failures on as its own. */
function withCache({ provider, host, address }: Message, cause: Cause, { meaning, next }: Wording): Wording {
  if (address?.role === 'mirror' && (cause === 'registry_5xx' || cause === 'registry_other_status')) {
    return {
      meaning,
      next: `Look at that mirror or cache on the node and at its upstream; the registry itself may be fine. ${next}`,
    };
  }
  if (!provider.messages.mayBeCache || !passedOn.has(cause)) return { meaning, next };
  const name = host === undefined ? 'the registry' : host;
  return {
    meaning,
    next: `${next} If ${name} is a pull-through cache or proxy, check that the reference has the path it expects (such as library/NAME), and look at its upstream: it answers the same when the upstream fails or refuses the cache’s own credential.`,
  };
}

const sandboxNote =
  'This is about the node’s sandbox (pause) image, with which its runtime starts every pod, not about the image of the workload.';
const sandboxAccess = 'The registry refuses the runtime, which has no credential for it or one that is not accepted.';
const sandboxImage =
  'the sandbox image in the configuration of the node’s runtime (sandbox_image of containerd, pause_image of CRI-O)';

function aboutSandbox(message: Message, { cause, next }: Conclusion, wording: Wording): Wording {
  const what = access.has(cause) ? sandboxAccess : wording.meaning;
  const meaning = cause === 'node_configuration' ? what : `${sandboxNote} ${what}`;
  return { meaning, next: sandboxNext(message, cause, next ?? wording.next) };
}

function sandboxNext({ image }: Message, cause: Cause, otherwise: string): string {
  const parsed = image === undefined ? undefined : parseImage(image);
  const name = parsed?.ok === true && parsed.image.registry !== '' ? formatImage(parsed.image) : 'IMAGE';
  const load = `crictl pull ${name}`;
  if (access.has(cause) || cause === 'image_not_found' || cause === 'image_moved') {
    return `On the node, load the image by hand (${load}; on EKS: systemctl restart sandbox-image) or correct ${sandboxImage}. The workload’s pull secrets are never used for it.`;
  }
  if (unreached.has(cause) || cause === 'network_acl' || cause === 'registry_5xx' || cause === 'rate_limited') {
    return `On the node, open the way to that address (network, proxy, firewall), or name a mirror as ${sandboxImage}. Until then, load the image on the node by hand.`;
  }
  if (cause === 'platform_mismatch') {
    return `On the node, set ${sandboxImage} to one with a build for the node’s operating system and version.`;
  }
  if (cause === 'invalid_image_name') {
    return `On the node, correct ${sandboxImage}, or the kubelet’s --pod-infra-container-image: look for quotation marks and spaces.`;
  }
  if (cause === 'node_image_store') {
    return `On the node, pull the sandbox image again: crictl rmi ${name}; ${load}. If that fails, drain the node, clear its image store and restart the runtime, or replace the node.`;
  }
  return /\bnode\b/.test(otherwise) ? otherwise : `On the node: ${otherwise}`;
}

function aboutVolume({ meaning, next }: Wording): Wording {
  return { meaning: `This is about the image of a volume, not the container’s own. ${meaning}`, next };
}

/** Nothing matched: the innermost message is worth more than a request for the whole text. */
function quoting({ quote, host, isPull }: Message, plain: Wording): Wording {
  if (quote === undefined || !isPull) return plain;
  const speaker = host === undefined ? 'the runtime or the registry' : `${host} or the runtime of the node`;
  return {
    meaning: `No known cause matches. The innermost message is "${cut(quote, 160)}", in the words of ${speaker}.`,
    next: 'Take that message literally, and look it up in the documentation of the program that wrote it; check the workload to have the registry asked as well.',
  };
}
