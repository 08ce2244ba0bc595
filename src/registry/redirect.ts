import type { ProbeFailure } from '../model/image/outcome.ts';
import { isSameSite, type Site, type Sites } from './site.ts';
import { printable, redactUrl } from './text.ts';
import type { Outgoing, Received, Transport } from './transport.ts';

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const maxRedirects = 5;

/** The last answer of a chain of redirects. */
export interface Followed extends Received {
  /** It came from a different site than the one asked. */
  readonly foreign: boolean;
}

/**
 * Sends a GET or HEAD and follows redirects itself. Credentials stay with the site: another host, port or scheme gets
 * none, and they are not sent again later in the chain. Redirects from TLS to plain HTTP are not followed.
 */
export async function sendFollowing(
  first: Omit<Outgoing, 'peer'>,
  site: Site,
  { transport, sites }: { readonly transport: Transport; readonly sites: Pick<Sites, 'peerOf'> },
): Promise<Followed | ProbeFailure> {
  let url = first.url;
  let headers = first.headers;
  let foreign = false;
  for (let hops = 0; hops <= maxRedirects; hops += 1) {
    const received = await transport({ ...first, url, headers, peer: sites.peerOf(url, site) });
    if (received.kind !== 'received' || !redirectStatuses.has(received.status)) return mark(received, foreign);
    const next = redirectTarget(received, site);
    if (next === undefined) return mark(received, foreign);
    if (!isSameSite(next, site)) {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
      foreign = true;
    }
    url = next;
  }
  return notFollowed(url, site, `more than ${maxRedirects} redirects`);
}

function mark(received: Received | ProbeFailure, foreign: boolean): Followed | ProbeFailure {
  return received.kind === 'received' ? { ...received, foreign } : received;
}

/**
 * Undefined when the target is missing, isn't a URL, or downgrades from TLS: then the redirect itself is the answer.
 */
function redirectTarget({ headers, url }: Received, site: Site): URL | undefined {
  const location = headers.get('location');
  if (location === undefined || !URL.canParse(location, url.href)) return undefined;
  const next = new URL(location, url);
  if (next.protocol !== 'https:' && next.protocol !== 'http:') return undefined;
  const secure = url.protocol === 'https:' && !(isSameSite(url, site) && site.peer.origin.startsWith('http:'));
  return secure && next.protocol === 'http:' && !isSameSite(next, site) ? undefined : next;
}

function notFollowed(url: URL, site: Site, why: string): ProbeFailure {
  return {
    kind: 'not-a-registry',
    status: 302,
    contentType: '',
    sample: printable(`${site.host}: ${why}`, 80),
    url: redactUrl(url),
  };
}
