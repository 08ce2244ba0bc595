import { type Address, addressIn, addressSentence } from '../explain/rules/address.ts';
import { imageOf } from '../model/image/tags.ts';
import { nearestNames } from '../model/text/nearest-names.ts';
import { cut, distinct, listed } from '../model/text/words.ts';
import { isFound } from './evidence/access.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { type PullGroup, pullGroups } from './evidence/pull.ts';
import { groupRegistry, groupText, pullDraft, waitingText } from './evidence/pull-draft.ts';

/**
 * The registry cannot be reached: DNS, TLS, timeout, firewall, 5xx, or a mirror on the way. The nodes' network is not
 * the one imagecheck uses, so the two are reported separately; so are mirror and origin.
 */
export const registryUnreachable = defineCheck({
  id: 'registry-unreachable',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'registry-unreachable')) yield unreachable(group);
  },
});

function unreachable(group: PullGroup): Draft {
  return pullDraft(group, {
    title: `${groupText(group)}: ${problemOf(group)}`,
    conclusion: [conclusionOf(group), waitingText(group)].filter((text) => text !== '').join(' '),
    next: nextOf(group),
    ...(group.status === 'fail'
      ? { prevent: { sentence: 'Alert on the reachability of registries from the nodes, not only from outside.' } }
      : {}),
  });
}

function problemOf(group: PullGroup): string {
  const registry = groupRegistry(group);
  const failed = failedAddress(group);
  const place = placeOf(failed);
  if (group.reason === 'mirror')
    return `the mirror ${place === '' ? '' : `${nameOf(failed)} `}in front of ${registry} fails`;
  if (group.reason === 'network-acl') return `${registry} blocks the network address of the request`;
  if (group.reason === 'not-asked')
    return `${registry} couldn't be reached for a check, so whether the image can be pulled is unknown`;
  const isServerError = group.cause === 'registry_5xx';
  if (place !== '') return `${place} ${isServerError ? 'answers with a server error' : 'can’t be reached'}`;
  if (isAnswered(group)) {
    return isServerError ? `${registry} answered the nodes with a server error` : `the nodes can’t reach ${registry}`;
  }
  return isServerError ? `${registry} answers with a server error` : `${registry} is unreachable`;
}

/** The address that failed: the one in the node’s own message, otherwise the one that imagecheck was sent to. */
function failedAddress({ cause, reason, rulings: [{ said, probe, access }] }: PullGroup): Address | undefined {
  const told = said.find((one) => one.cause === cause || (reason === 'mirror' && one.address?.role === 'mirror'));
  if (told !== undefined) return told.address;
  const outcome = access.workload?.outcome;
  if (!probe.image.known || (outcome?.kind !== 'unreachable' && outcome?.kind !== 'server-error')) return undefined;
  return addressIn(`Get "${outcome.url}"`, probe.image.value.registry);
}

const places: Readonly<Record<Exclude<Address['role'], 'registry'>, string>> = {
  'token-service': 'the token service',
  'blob-host': 'the blob host',
  mirror: 'the mirror',
  redirect: 'the host',
  proxy: 'the proxy',
};

/** The host that failed, if it is not the registry itself. */
function placeOf(failed: Address | undefined): string {
  return failed === undefined || failed.role === 'registry' ? '' : `${places[failed.role]} ${nameOf(failed)}`;
}

function nameOf(failed: Address | undefined): string {
  return cut(failed?.host ?? '', 80);
}

/** Whether the registry gave the image to somebody. */
function isAnswered({ rulings: [{ access }] }: PullGroup): boolean {
  return isFound(access.workload) || isFound(access.bot) || isFound(access.anonymous);
}

function conclusionOf(group: PullGroup): string {
  const {
    reason,
    rulings: [{ access }],
  } = group;
  const asked = access.workload?.outcome.kind ?? access.bot?.outcome.kind;
  if (reason === 'mirror') return mirrorConclusion(access);
  if (reason === 'not-asked') return 'This says nothing about the nodes: imagecheck runs elsewhere.';
  if (reason === 'network-acl') return 'This is the registry’s firewall or private network, not a credential.';
  const failed = failedAddress(group);
  const place = failed === undefined || failed.role === 'registry' ? undefined : addressSentence(failed, true);
  if (place !== undefined) {
    return isAnswered(group) ? `${place} imagecheck reaches the registry and finds the image.` : place;
  }
  if (isAnswered(group)) {
    return 'imagecheck reaches the registry and finds the image, so the fault is between the nodes and the registry.';
  }
  return asked === 'unreachable' || asked === 'server-error'
    ? 'imagecheck gets no answer either, so the fault is with the registry or its name rather than one node.'
    : '';
}

/** containerd falls back to the registry itself, so a failing pull says something about both. */
function mirrorConclusion({ workload, bot }: PullGroup['rulings'][0]['access']): string {
  if (isFound(workload)) return 'The registry itself has the image and answers; only the mirror is broken.';
  if (isFound(bot)) {
    return 'The registry has the image (imagecheck’s own credential can read it) but refuses anonymous pulls: the nodes’ identity has no right to pull, or its request didn’t get past the mirror.';
  }
  return 'The mirror’s error may hide the registry’s own answer; from here the registry gave no clear answer.';
}

const advice: Partial<Record<PullGroup['cause'], string>> = {
  dns_failure: 'Check the spelling of the host, then DNS on the nodes (private zone linked to the network?).',
  tls_untrusted_ca:
    'Install the CA of the registry or of the intercepting proxy on the nodes; check the certificate’s dates.',
  tls_name_mismatch: 'Use the host name that the certificate is for, or correct the certificate.',
  http_on_https: 'The host speaks plain HTTP: configure it as insecure on the nodes, or give it TLS.',
  proxy_error: 'Check the proxy settings of the container runtime (HTTPS_PROXY, NO_PROXY).',
  network_timeout: 'Check routes, security groups, firewalls and private endpoints between the nodes and the registry.',
  connection_refused: 'Check that the registry runs and that its port is right and open to the nodes.',
  deadline_exceeded: 'Check bandwidth and the size of the image, then firewalls: packets may be dropped.',
  registry_5xx: 'Look at the registry’s status page or logs; the kubelet retries on its own.',
  network_acl: 'Allow the nodes’ addresses in the registry’s firewall, or link its private DNS zone to their network.',
  streaming_mirror_unavailable:
    'Check the node identity’s right to pull (AcrPull) and the registry’s firewall; then replace the node, or disable artifact streaming on the pool.',
};

/** A misspelt host is similar to one that other workloads pull from. */
function nearHosts({ rulings }: PullGroup): string {
  const [{ snapshot, probe }] = rulings;
  const wanted = probe.image.known ? probe.image.value.registry : '';
  const neighbours = snapshot.neighbours.known ? snapshot.neighbours.value : [];
  const texts = [
    ...snapshot.knownRepositories,
    ...neighbours.flatMap(({ containers }) => containers.map(({ image }) => image)),
  ];
  const near = nearestNames(wanted, distinct(texts.slice(0, 5000).flatMap((text) => imageOf(text)?.registry ?? [])), 2);
  return near.length === 0 ? '' : ` Other workloads pull from ${listed(near.map((host) => cut(host, 80)))}.`;
}

function nextOf(group: PullGroup): string {
  const { cause, reason } = group;
  if (reason === 'not-asked')
    return 'Allow imagecheck to reach the registry (network, proxy, configuration), or ask again later.';
  if (reason === 'mirror' && cause === 'registry_5xx')
    return 'Repair or bypass the mirror in the runtime’s registry configuration (hosts.toml).';
  if (reason === 'mirror' && cause === 'registry_other_status')
    return 'Look at the mirror, its upstream and its own credential; until it has the image, bypass it in the runtime’s registry configuration (hosts.toml).';
  const text = advice[cause] ?? 'Check the network between the nodes and the registry.';
  // The advice about a mirror speaks of the mirror and of the registry behind it.
  const place = reason === 'mirror' ? '' : placeOf(failedAddress(group));
  if (place !== '')
    return text.replace('the registry’s status page or logs', `the logs of ${place}`).replaceAll('the registry', place);
  return `${text}${cause === 'dns_failure' ? nearHosts(group) : ''}`;
}
