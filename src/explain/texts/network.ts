import type { CauseTexts } from './text.ts';

/** Ways to the registry, and its health. */
export const networkTexts = {
  dns_failure: {
    meaning: 'The node could not resolve the name of the registry.',
    next: 'Check the spelling of the host, then the DNS of the node (private zones need a link to its network).',
    prevent: 'Keep registry hosts in one place of the configuration.',
  },
  tls_untrusted_ca: {
    meaning: 'The node does not trust the certificate that the registry, or a proxy in between, showed.',
    next: 'Install the issuing CA in the runtime’s trust on every node, or have the certificate replaced.',
    prevent: 'Distribute the CA with the node image, and watch the end dates of certificates.',
  },
  tls_name_mismatch: {
    meaning: 'The certificate that was shown is for another host name.',
    next: 'Use the name that the certificate covers, or have a certificate issued for this one.',
  },
  tls_handshake_timeout: {
    meaning: 'The connection was made, but the TLS handshake did not finish in time.',
    next: 'Try again; if it stays, look for packet loss, a wrong MTU, or a firewall that inspects TLS.',
  },
  http_on_https: {
    meaning: 'One side speaks plain HTTP and the other one HTTPS.',
    next: 'Give the registry a certificate, or tell the runtime in its hosts configuration that it speaks HTTP.',
  },
  network_timeout: {
    meaning: 'No answer came: packets to the registry are dropped on the way.',
    next: 'Check egress rules, peering, the proxy and private endpoints from the node to this address.',
    prevent: 'Allow the registry and the hosts it redirects to (blobs, CDN) in the same rule.',
  },
  connection_reset: {
    meaning: 'The connection was cut while it was used.',
    next: 'Try again; if it stays, look at proxies and firewalls on the way.',
  },
  connection_refused: {
    meaning: 'The address is reachable, but nothing listens on this port.',
    next: 'Check the port in the reference and whether the registry or mirror runs.',
  },
  proxy_error: {
    meaning: 'The proxy between node and registry failed or is set wrongly.',
    next: 'Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the runtime on the node.',
    prevent: 'Put registries inside the network into NO_PROXY.',
  },
  deadline_exceeded: {
    meaning: 'The pull did not finish in the time it was given.',
    next: 'See whether other images pull on this node; then look at the size of the image and the network.',
    prevent: 'Keep images small, and keep the registry near.',
  },
  pull_canceled: {
    meaning: 'The pull was cancelled: no progress for too long, or the pod was deleted.',
    next: 'See whether the pod still exists; if it does, look at the speed of the download on this node.',
  },
  registry_5xx: {
    meaning: 'The registry, or a proxy in front of it, failed with an error of its own.',
    next: 'Look at the registry’s status page or its logs; the kubelet tries again by itself.',
    prevent: 'Pull through a cache that still serves images while the registry is down.',
  },
  registry_unavailable: {
    meaning: 'The runtime reports that the registry cannot be used at the moment.',
    next: 'Look at the registry’s status; the kubelet tries again by itself.',
  },
  registry_other_status: {
    meaning: 'The registry answered with a status that says neither missing nor forbidden.',
    next: 'Read the body of the answer: ask the registry for the same manifest by hand.',
  },
  streaming_mirror_unavailable: {
    meaning:
      'The local mirror for artifact streaming on the node failed; it may hide what the registry itself answered.',
    next: 'Ask the registry itself: check the node identity’s right to pull and the registry’s firewall; other nodes may work.',
    prevent: 'Give the kubelet identity AcrPull on every registry that the node pool streams from.',
  },
  lazy_pull_backend_unavailable: {
    meaning: 'The snapshotter that loads images lazily on this node does not work.',
    next: 'Restart the snapshotter or replace the node; pods on other nodes are not affected.',
  },
  pull_qps_exceeded: {
    meaning: 'The kubelet itself limits how often it pulls, and the limit is reached.',
    next: 'Wait a moment: it tries again. Many pods started on one node at the same time.',
    prevent: 'Raise registryPullQPS and registryBurst of the kubelet.',
  },
} satisfies CauseTexts;
