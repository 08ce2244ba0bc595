import { explainText } from '../explain/explain.ts';
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
  if (group.reason === 'mirror') return `the mirror ${mirrorHost(group)}in front of ${registry} fails`;
  if (group.reason === 'network-acl') return `${registry} blocks the network address of the request`;
  if (group.reason === 'not-asked')
    return `${registry} couldn't be reached for a check, so whether the image can be pulled is unknown`;
  const host = failedAt(group) ?? registry;
  if (group.cause === 'registry_5xx') {
    return isReached(group) ? `${host} answered the nodes with a server error` : `${host} answers with a server error`;
  }
  return isReached(group) || host !== registry ? `the nodes can’t reach ${host}` : `${host} is unreachable`;
}

/** Whether imagecheck found the image: then only the nodes can be said not to reach the registry. */
function isReached({ rulings }: PullGroup): boolean {
  return rulings.some(({ probe }) => probe.attempts.some((attempt) => isFound(attempt)));
}

/** The address in the kubelet's message: a token service, a blob host or a proxy may fail while the registry answers. */
function failedAt({ rulings: [{ said, probe }], cause }: PullGroup): string | undefined {
  const telling = said.find((words) => words.cause === cause);
  if (telling === undefined) return undefined;
  const host = probe.image.known ? { host: probe.image.value.registry } : {};
  const { address } = explainText(telling.text, host);
  return address === undefined || address.role === 'registry' ? undefined : cut(address.host, 80);
}

/** The URL in the node's own message names the mirror (`http://localhost:8578/…` on AKS with artifact streaming). */
function mirrorHost({ rulings }: PullGroup): string {
  for (const { said } of rulings) {
    for (const { text } of said) {
      const host = /https?:\/\/([^\s/"?]+)\/v2\//.exec(text)?.[1];
      if (host !== undefined) return `${cut(host, 80)} `;
    }
  }
  return '';
}

function conclusionOf({ reason, rulings: [{ access }] }: PullGroup): string {
  const asked = access.workload?.outcome.kind ?? access.bot?.outcome.kind;
  const answers = isFound(access.workload) || isFound(access.bot) || isFound(access.anonymous);
  if (reason === 'mirror') return mirrorConclusion(access);
  if (reason === 'not-asked') return 'This says nothing about the nodes: imagecheck runs elsewhere.';
  if (reason === 'network-acl') return 'This is the registry’s firewall or private network, not a credential.';
  if (answers) {
    return 'imagecheck reaches the registry and finds the image, so the fault is between the nodes and the address that failed.';
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
  return `${advice[cause] ?? 'Check the network between the nodes and the registry.'}${cause === 'dns_failure' ? nearHosts(group) : ''}`;
}
