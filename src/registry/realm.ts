import type { ProbeFailure } from '../model/image/outcome.ts';
import type { Peer } from './dispatchers.ts';
import { isSameSite, type Site, type Sites } from './site.ts';
import { printable } from './text.ts';

/**
 * Where a token may be requested. Credentials go to the registry's own host, its endpoint, the provider's token hosts
 * and the hosts the configuration names, over TLS unless the configuration says otherwise. Without credentials any
 * public HTTPS host may be asked; the address guard still applies.
 */
export function realmPeer(
  realm: URL,
  site: Site,
  { withCredential, sites }: { readonly withCredential: boolean; readonly sites: Pick<Sites, 'peerOf'> },
): Peer | ProbeFailure {
  if (isSameSite(realm, site)) return site.peer;
  const direct = sites.peerOf(realm, site);
  const mayBePlain = site.peer.origin.startsWith('http:');
  if (site.provider.tokenRealms(site.host).includes(realm.host)) {
    const peer = operatorPeer(realm, site, sites);
    return realm.protocol === 'https:' || mayBePlain ? peer : notAllowed(realm, site);
  }
  if (site.tokenRealms.some((host) => host.toLowerCase() === realm.host)) {
    const peer = direct.reach === 'public' ? { ...direct, reach: site.peer.reach } : direct;
    return realm.protocol === 'https:' || mayBePlain ? peer : notAllowed(realm, site);
  }
  if (withCredential || realm.protocol !== 'https:') return notAllowed(realm, site);
  return direct;
}

/**
 * How to reach another host of the registry's operator. A configured endpoint stands for it too, so a cluster whose
 * registry is elsewhere sends nothing to the public one; the configuration may also name it.
 */
export function operatorPeer(url: URL, site: Site, sites: Pick<Sites, 'peerOf'>): Peer {
  const direct = sites.peerOf(url, site);
  const renamed = site.peer.origin !== site.publicOrigin;
  const unconfigured = direct.origin === url.origin;
  return renamed && unconfigured ? { ...site.peer, authority: url.host } : direct;
}

function notAllowed(realm: URL, site: Site): ProbeFailure {
  const host = printable(realm.host, 120);
  const plain = realm.protocol === 'https:' ? '' : ' over plain HTTP';
  const entry =
    site.settingName === undefined
      ? `an entry with "registry: ${site.host}" and "tokenRealm: ${host}" under registries`
      : `"tokenRealm: ${host}" to the registry "${site.settingName}"`;
  return {
    kind: 'not-probed',
    why: 'realm-not-allowed',
    message: `${site.host} wants its tokens fetched from ${host}${plain}, which nothing names as its token service; if that is right, add ${entry} in the configuration`,
  };
}
