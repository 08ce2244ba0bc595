import { STATUS_CODES } from 'node:http';

/** A duration in Go's format: `850ms`, `1.2s`, `1m2.3s`, `2h0m0s`. */
export function goDuration(milliseconds: number): string {
  const whole = Math.max(0, Math.trunc(milliseconds));
  if (whole === 0) return '0s';
  if (whole < 1000) return `${whole}ms`;
  const seconds = (whole % 60_000) / 1000;
  const minutes = Math.floor(whole / 60_000) % 60;
  const hours = Math.floor(whole / 3_600_000);
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}

/** A text quoted like Go's `%q`, for printable text. */
export function goQuote(text: string): string {
  return JSON.stringify(text);
}

/** `403 Forbidden`, with the text of Go's `http.StatusText`, which is what a client sees over HTTP/2. */
export function statusLine(code: number): string {
  const text = differently[code] ?? STATUS_CODES[code];
  return text === undefined ? String(code) : `${code} ${text}`;
}

const differently: Readonly<Record<number, string>> = {
  413: 'Request Entity Too Large',
  414: 'Request URI Too Long',
  416: 'Requested Range Not Satisfiable',
  418: "I'm a teapot",
};

/**
 * Why distribution/reference rejects a name, in its wording; versions before 0.5 (containerd 1.6) do not say which part
 * must be lowercase.
 */
export function invalidReference(image: string, tellsName = true): string {
  const name = image.replace(/@.*$/, '');
  const path = /^[^/]*[.:][^/]*\//.test(name) ? name.slice(name.indexOf('/') + 1) : name;
  const repository = path.replace(/:[^/]*$/, '');
  if (/^[a-f0-9]{64}$/.test(image)) {
    return `invalid repository name (${image}), cannot specify 64-byte hexadecimal strings`;
  }
  if (repository === repository.toLowerCase() || !/^[\w./-]+$/.test(repository)) return 'invalid reference format';
  const told = path.includes('/') || name !== path ? repository : `library/${repository}`;
  return `invalid reference format: repository name ${tellsName ? `(${told}) ` : ''}must be lowercase`;
}

/** Go's message for a failed request, given the error of Node's client and the dialled address. */
export function transportText(error: unknown, host: string, address: string): string {
  const { code = '', message = String(error) } = error as { readonly code?: string; readonly message?: string };
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${host}: no such host`;
    case 'ECONNREFUSED':
      return `dial tcp ${address}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `dial tcp ${address}: connect: no route to host`;
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `dial tcp ${address}: i/o timeout`;
    case 'ECONNRESET':
      return `read tcp 10.0.0.4:41234->${address}: read: connection reset by peer`;
    case 'UND_ERR_SOCKET':
      return 'EOF';
    case 'UND_ERR_HEADERS_TIMEOUT':
      return 'net/http: timeout awaiting response headers';
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return 'http: server gave HTTP response to HTTPS client';
    default:
      return tlsText(code, host) ?? message;
  }
}

function tlsText(code: string, host: string): string | undefined {
  const prefix = 'tls: failed to verify certificate: x509:';
  if (code === 'CERT_HAS_EXPIRED') return `${prefix} certificate has expired or is not yet valid`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `${prefix} certificate is not valid for any names, but wanted to match ${host}`;
  const untrusted = ['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'];
  return untrusted.includes(code) ? `${prefix} certificate signed by unknown authority` : undefined;
}
