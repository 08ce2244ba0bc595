import type { Message } from './message.ts';
import { aboutPull, type Rule } from './rule.ts';

const fromNode = 'Try the same address from the node, or from a pod with its network, and from elsewhere.';

/** A line that contains only the error counts too: people paste the end of a message. */
function pullOrBare(message: Message): boolean {
  return (
    message.isPull ||
    /^(?:(?:Get|Head|Post) "?URL"?: )?(?:net\/http: |dial tcp(?: \S+(?::443|:80|:5000))?: |dial tcp: lookup |x509: |tls: |http: server gave|proxyconnect tcp: |context (?:deadline exceeded|canceled)$|connection (?:refused|reset)|i\/o timeout)/i.test(
      message.text,
    )
  );
}

/**
 * Failures to reach a registry. One text can match several, hence the order: a proxy before DNS, DNS before timeouts.
 */
export const networkRules: readonly Rule[] = [
  {
    id: 'proxy',
    pattern:
      /proxyconnect tcp|proxy authentication required|\b407\b.{0,40}proxy|unable to connect to proxy|error connecting to proxy|invalid proxy/i,
    when: pullOrBare,
    conclude: { cause: 'proxy_error', confidence: 'certain', also: ['dns_failure', 'connection_refused'] },
    confirm: 'Read HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the runtime’s service on the node.',
  },
  {
    id: 'untrusted-ca',
    pattern:
      /x509: certificate signed by unknown authority|self[- ]signed certificate|unable to (?:verify the first|get local issuer) certificate|certificate verify failed|x509: certificate has expired|certificate is not trusted|x509: .{0,60}not yet valid/i,
    when: pullOrBare,
    conclude: ({ text }) =>
      /expired|not yet valid/i.test(text)
        ? {
            cause: 'tls_untrusted_ca',
            confidence: 'certain',
            meaning:
              'The certificate presented by the registry, or by a proxy in between, has expired or isn’t valid yet.',
            next: 'Have the certificate renewed, and check the clock of the node.',
          }
        : { cause: 'tls_untrusted_ca', confidence: 'certain' },
    confirm: 'Check the issuer and the dates of the certificate that the node receives.',
  },
  {
    id: 'certificate-name',
    pattern:
      /x509: (?:certificate is (?:valid for|not valid for any)|cannot validate certificate)|doesn't contain any IP SANs|relies on legacy Common Name|hostname mismatch/i,
    when: pullOrBare,
    conclude: { cause: 'tls_name_mismatch', confidence: 'certain' },
    confirm: 'Check the names in the certificate that the node receives.',
  },
  {
    id: 'tls-handshake',
    pattern: /TLS handshake timeout/i,
    when: pullOrBare,
    conclude: { cause: 'tls_handshake_timeout', confidence: 'certain', also: ['network_timeout'] },
    confirm: fromNode,
  },
  {
    id: 'http-on-https',
    pattern:
      /server gave HTTP response to HTTPS client|first record does not look like a TLS handshake|wrong version number|sent an HTTP request to an HTTPS server/i,
    when: pullOrBare,
    conclude: { cause: 'http_on_https', confidence: 'certain' },
    confirm: 'Request the same address over http:// and over https://.',
  },
  {
    id: 'dns',
    pattern:
      /no such host|temporary failure in name resolution|server misbehaving|name or service not known|could not resolve host|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|lookup \S{1,255} on \S{1,80}:53: /i,
    when: pullOrBare,
    conclude: ({ text }) => ({
      cause: 'dns_failure',
      confidence: 'certain',
      ...(/timeout/i.test(text) ? { also: ['network_timeout'] as const } : {}),
    }),
    confirm: 'Resolve the host on the node and elsewhere; compare the spelling with the vendor’s (azurecr.io).',
  },
  {
    id: 'refused',
    pattern: /connection refused|ECONNREFUSED|actively refused/i,
    when: pullOrBare,
    conclude: { cause: 'connection_refused', confidence: 'certain' },
    confirm: fromNode,
  },
  {
    id: 'reset',
    pattern:
      /connection reset|ECONNRESET|broken pipe|forcibly closed|http2: (?:server sent GOAWAY|client connection lost)|stream error: stream ID|use of closed network connection|\bURL"?: EOF\b/i,
    when: aboutPull,
    conclude: { cause: 'connection_reset', confidence: 'certain', also: ['blob_fetch_failed'] },
    confirm: fromNode,
  },
  {
    id: 'timeout',
    pattern:
      /i\/o timeout|connection timed out|operation timed out|ETIMEDOUT|no route to host|(?:network|host) is unreachable|Client\.Timeout exceeded|request canceled while waiting for connection/i,
    when: pullOrBare,
    conclude: { cause: 'network_timeout', confidence: 'likely', also: ['deadline_exceeded'] },
    confirm: fromNode,
  },
  {
    id: 'deadline',
    pattern: /context deadline exceeded|DeadlineExceeded|code = 4 /i,
    when: pullOrBare,
    conclude: { cause: 'deadline_exceeded', confidence: 'likely', also: ['network_timeout'] },
    confirm: fromNode,
  },
  {
    id: 'canceled',
    pattern: /context canceled|code = Canceled|operation was canceled|pull.{0,40}no progress|image pull progress/i,
    when: pullOrBare,
    conclude: { cause: 'pull_canceled', confidence: 'likely', also: ['deadline_exceeded', 'network_timeout'] },
    confirm: 'Check whether the pod was deleted at that time, and how fast other images pull on the node.',
  },
];
