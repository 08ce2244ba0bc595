import type { CauseTexts } from './text.ts';

/** Texts about the network to the registry, and its health. */
export const networkTexts = {
  dns_failure: {
    meaning: 'The node couldn’t resolve the registry’s name.',
    next: 'Check the spelling of the host, then the DNS of the node (private zones must be linked to its network).',
    prevent: 'Keep registry hosts in one place in the configuration.',
  },
  tls_untrusted_ca: {
    meaning: 'The node doesn’t trust the certificate presented by the registry or a proxy in between.',
    next: 'Install the issuing CA in the runtime’s trust on every node, or have the certificate replaced.',
    prevent: 'Distribute the CA with the node image, and monitor certificate expiry dates.',
  },
  tls_name_mismatch: {
    meaning: 'The certificate is for another host name.',
    next: 'Use the name that the certificate covers, or have a certificate issued for this one.',
  },
  tls_handshake_timeout: {
    meaning: 'The connection was made, but the TLS handshake did not finish in time.',
    next: 'Try again; if it persists, look for packet loss, a wrong MTU, or a firewall that inspects TLS.',
  },
  http_on_https: {
    meaning: 'One side speaks plain HTTP and the other HTTPS.',
    next: 'Give the registry a certificate, or configure it as plain HTTP in the runtime’s hosts configuration.',
  },
  network_timeout: {
    meaning: 'No answer came back: packets to the registry are being dropped.',
    next: 'Check egress rules, peering, the proxy and private endpoints from the node to this address.',
    prevent: 'Allow the registry and the hosts it redirects to (blobs, CDN) in the same rule.',
  },
  connection_reset: {
    meaning: 'The connection was reset while in use.',
    next: 'Try again; if it persists, look at proxies and firewalls on the way.',
  },
  connection_refused: {
    meaning: 'The address is reachable, but nothing is listening on this port.',
    next: 'Check the port in the reference and whether the registry or mirror is running.',
  },
  proxy_error: {
    meaning: 'The proxy between node and registry failed or is misconfigured.',
    next: 'Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the runtime on the node.',
    prevent: 'Put registries inside the network into NO_PROXY.',
  },
  deadline_exceeded: {
    meaning: 'The pull didn’t finish in time.',
    next: 'Check whether other images can be pulled on this node; then look at the size of the image and the network.',
    prevent: 'Keep images small and the registry close.',
  },
  pull_canceled: {
    meaning: 'The pull was cancelled: no progress for too long, or the pod was deleted.',
    next: 'Check whether the pod still exists; if it does, look at the download speed on this node.',
  },
  registry_5xx: {
    meaning: 'The registry, or a proxy in front of it, failed with a server error.',
    next: 'Look at the registry’s status page or its logs; the kubelet retries on its own.',
    prevent: 'Pull through a cache that still serves images while the registry is down.',
  },
  registry_unavailable: {
    meaning: 'The runtime reports that the registry is currently unavailable.',
    next: 'Look at the registry’s status; the kubelet retries on its own.',
  },
  registry_other_status: {
    meaning: 'The registry answered with a status that means neither missing nor forbidden.',
    next: 'Read the response body: request the same manifest by hand.',
  },
  streaming_mirror_unavailable: {
    meaning: 'The node’s local artifact streaming mirror failed; it may hide the registry’s own answer.',
    next: 'Ask the registry directly; check the node identity’s pull access and the registry’s firewall. Other nodes may work.',
    prevent: 'Give the kubelet identity AcrPull on every registry that the node pool streams from.',
  },
  lazy_pull_backend_unavailable: {
    meaning: 'The snapshotter that loads images lazily on this node isn’t working.',
    next: 'Restart the snapshotter or replace the node; pods on other nodes aren’t affected.',
  },
  node_configuration: {
    meaning: 'The configuration of the container runtime on the node is wrong, so it can’t pull.',
    next: 'Correct the file that the message names on the node, and restart the runtime.',
    prevent: 'Roll out the configuration of nodes as code, to one node first.',
  },
  pull_qps_exceeded: {
    meaning: 'The kubelet’s own pull rate limit is reached.',
    next: 'Wait a moment; it retries. Many pods started on one node at the same time.',
    prevent: 'Raise registryPullQPS and registryBurst of the kubelet.',
  },
} satisfies CauseTexts;
