import { z } from 'zod';
import { laterName } from '../values/open-enum.ts';

/**
 * Every cause, with its meaning. The first block is the vocabulary of pull-error texts
 * (test/fixtures/pull-errors.json).
 */
export const causes = {
  dns_failure: 'name resolution failed',
  denied_or_absent:
    'registry hides which: repository absent OR not permitted; diagnoser must not claim one without a probe',
  image_not_found: 'manifest/tag/repository certainly absent',
  unauthorized: '401 / authentication failed',
  no_credentials: 'no credential was presented at all',
  expired_credentials: 'credential known expired',
  lazy_pull_backend_unavailable: 'remote snapshotter (SOCI/overlaybd) backend failing',
  forbidden: '403 / authenticated or anonymous but not permitted',
  network_acl: 'registry firewall / service endpoint refuses the client address',
  registry_other_status: 'other 4xx',
  rate_limited: '429 / toomanyrequests',
  tls_untrusted_ca: 'x509 unknown authority',
  tls_name_mismatch: 'x509 name mismatch',
  tls_handshake_timeout: 'TLS handshake timeout',
  http_on_https: 'plain HTTP server on https',
  network_timeout: 'TCP i/o timeout',
  connection_reset: 'ECONNRESET',
  connection_refused: 'ECONNREFUSED',
  proxy_error: 'HTTP proxy misconfigured',
  deadline_exceeded: 'context deadline exceeded',
  pull_canceled: 'context canceled / no progress',
  registry_5xx: '5xx',
  streaming_mirror_unavailable: 'ACR artifact streaming local mirror failing',
  blob_fetch_failed: 'blob download failed',
  registry_unavailable: 'kubelet RegistryUnavailable',
  platform_mismatch: 'no manifest for node platform',
  exec_format: 'wrong architecture at run time',
  invalid_image_name: 'reference cannot be parsed',
  disk_full: 'ENOSPC on node',
  layer_extract_failed: 'unpack failed',
  html_instead_of_manifest: 'mirror/proxy returned text/html',
  schema1_unsupported: 'Docker schema 1 manifest',
  never_pull: 'imagePullPolicy Never and absent',
  pull_qps_exceeded: 'kubelet client-side throttle',
  backoff_only: 'event carries no cause',
  blob_corrupt: 'digest/size mismatch',
  blob_unknown: 'blob missing in registry',
  short_name_ambiguous: 'CRI-O short-name enforcing',
  signature_policy: 'runtime signature policy rejection',
  admission_denied: 'admission webhook rejected',
  not_image_related: 'negative control',
  unknown: 'no cause could be named',
  image_never_published: 'no image of that name was ever pushed',
  reference_format:
    'an artifact reference lacks its repository, pusher and fetcher use different ones, or an artifact is used as an image',
  not_a_registry: 'the host answers something that is not the registry protocol',
  pull_secret_missing: 'a pull secret that the pod names does not exist or does not cover the registry',
  pull_secret_rejected: 'the registry refuses the credential of the pull secret',
  registry_env_mismatch: 'REGISTRY variables disagree with the image',
  stale_image: 'the pods run a different digest from the intended one',
  pull_policy: 'the pull policy keeps an old image of a reused tag',
  mutable_tag: 'the tag can change under the workload',
  placeholder_image: 'a placeholder image is running instead of the real one',
  out_of_memory: 'the container was killed for lack of memory',
  pull_stalled: 'a pull neither ends nor fails, for longer than the size of the image explains',
  application_crash: "the container's own program ends with an error",
  node_image_store: 'the image store of the node is damaged: content, layer or snapshot missing',
  index_incomplete: 'the index of the tag exists, but the manifest for the platform was deleted',
  registry_policy:
    'a policy of the registry or its owner refuses: vulnerabilities, signatures, quota, disabled account',
  image_moved: 'the image or its registry was moved or retired',
  credential_plugin: 'a credential provider or helper failed',
  node_configuration: 'the configuration of the container runtime or builder prevents every pull of this kind',
} as const;

/** One code of the list above. */
export const Cause = z.enum(Object.keys(causes) as [keyof typeof causes, ...(keyof typeof causes)[]]);
export type Cause = z.infer<typeof Cause>;

/** A cause as it is shown; one that a newer worker found is named as such. */
export function causeName(cause: string): string {
  return Cause.safeParse(cause).success ? cause : laterName('a cause', cause);
}
