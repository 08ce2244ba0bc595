import type { TerminalCommand } from '../../terminal/command.ts';

/** `imagecheck explain` */
export const terminalExplain: TerminalCommand = {
  name: 'explain',
  section: 'questions',
  overview: ['explain TEXT', 'what an error text means (or on standard input)'],
  flags: { json: { type: 'boolean' }, jsonl: { type: 'boolean' } },
  help: `Usage: imagecheck explain TEXT [--json]
       kubectl describe pod web-0 | imagecheck explain
       imagecheck explain --jsonl < LINES

Says what a kubelet, containerd, CRI-O or registry message means. A text alone is never the whole evidence: the answer
names the probe that would confirm it.

      --json                the explanation as JSON
      --jsonl               lines {"id","message","image"?,"event_reason"?} in, lines {"id","cause","also","confidence",
                            "subject"?,"meaning","next"} out; exit 2 at the end when a line was something else

"subject" is image, sandbox_image (the pause image of the node) or image_volume, and absent if the text is about no image.

Causes:
  dns_failure, denied_or_absent, image_not_found, unauthorized, no_credentials, expired_credentials,
  lazy_pull_backend_unavailable, forbidden, network_acl, registry_other_status, rate_limited, tls_untrusted_ca,
  tls_name_mismatch, tls_handshake_timeout, http_on_https, network_timeout, connection_reset,
  connection_refused, proxy_error, deadline_exceeded, pull_canceled, registry_5xx, streaming_mirror_unavailable,
  blob_fetch_failed, registry_unavailable, platform_mismatch, exec_format, invalid_image_name, disk_full,
  layer_extract_failed, html_instead_of_manifest, schema1_unsupported, never_pull, pull_qps_exceeded,
  backoff_only, blob_corrupt, blob_unknown, short_name_ambiguous, signature_policy, admission_denied,
  not_image_related, unknown, image_never_published, reference_format, not_a_registry, pull_secret_missing,
  pull_secret_rejected, registry_env_mismatch, stale_image, pull_policy, mutable_tag, placeholder_image,
  out_of_memory, application_crash, node_image_store, index_incomplete, registry_policy, image_moved,
  credential_plugin, node_configuration, pull_stalled.

Example:
  imagecheck explain 'Failed to pull image "web": ... 429 Too Many Requests'
`,
  async run(args) {
    const [{ explainCommand }, { processStreams }] = await Promise.all([
      import('../../terminal/explain-command.ts'),
      import('../../terminal/streams.ts'),
    ]);
    return explainCommand(args, processStreams());
  },
};
