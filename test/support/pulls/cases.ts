import type { Cause } from '../../../src/model/finding/cause.ts';
import { hosts, logins } from './names.ts';

/** A pull that fails, and the required explanation of its error text. */
export interface PullCase {
  /** `HOST PATH TAG`, or a few words. */
  readonly id: string;
  readonly image: string;
  readonly login?: { readonly username: string; readonly password: string };
  /** Accepted results of `explainText`; the first is the best. */
  readonly causes: readonly [Cause, ...Cause[]];
  /** The same for the texts of CRI-O's library if they say less or something else. */
  readonly crio?: PullCase['causes'];
  /** The simulated kubelet unpacks nothing and reads no certificate but an untrusted one. */
  readonly simulated?: false;
}

const wrong = { username: 'ana', password: 'wrong' };
const guest = (host: string) => ({ username: 'guest', password: logins[host]?.password ?? '' });
const { ghcr, hub, acr, walled, mirrored, ecr, generic, page, odd } = hosts;

const access: readonly PullCase[] = [
  { id: 'ghcr never published', image: `${ghcr}/team/never:1`, causes: ['denied_or_absent'] },
  {
    id: 'ghcr never published, a member asks',
    image: `${ghcr}/team/never:1`,
    login: logins[ghcr]!,
    causes: ['image_not_found'],
  },
  { id: 'ghcr private', image: `${ghcr}/team/private:1`, causes: ['unauthorized'] },
  {
    id: 'ghcr wrong password',
    image: `${ghcr}/team/private:1`,
    login: wrong,
    causes: ['forbidden'],
    crio: ['denied_or_absent'],
  },
  { id: 'ghcr no right', image: `${ghcr}/team/private:1`, login: guest(ghcr), causes: ['forbidden'] },
  { id: 'hub missing', image: 'nginx-misspelt:1', causes: ['denied_or_absent'] },
  { id: 'hub private', image: 'team/private:1', causes: ['denied_or_absent'] },
  { id: 'hub no right', image: 'team/private:1', login: guest(hub), causes: ['denied_or_absent'] },
  { id: 'hub wrong password', image: 'team/private:1', login: wrong, causes: ['unauthorized'] },
  { id: 'hub no pulls left', image: 'team/metered:1', causes: ['rate_limited'] },
  { id: 'acr private', image: `${acr}/team/private:1`, causes: ['unauthorized'] },
  { id: 'acr missing', image: `${acr}/team/never:1`, causes: ['unauthorized'] },
  { id: 'acr missing, signed in', image: `${acr}/team/never:1`, login: logins[acr]!, causes: ['image_not_found'] },
  { id: 'acr wrong password', image: `${acr}/team/private:1`, login: wrong, causes: ['unauthorized'] },
  { id: 'acr no right', image: `${acr}/team/private:1`, login: guest(acr), causes: ['unauthorized'] },
  { id: 'acr firewall', image: `${walled}/team/public:1`, causes: ['network_acl'] },
  { id: 'acr firewall, signed in', image: `${walled}/team/public:1`, login: logins[acr]!, causes: ['network_acl'] },
  {
    id: 'mirror down, private',
    image: `${mirrored}/team/private:1`,
    causes: ['streaming_mirror_unavailable'],
    crio: ['unauthorized'],
  },
  {
    id: 'mirror down, missing',
    image: `${mirrored}/team/never:1`,
    login: logins[mirrored]!,
    causes: ['streaming_mirror_unavailable'],
    crio: ['image_not_found'],
  },
  {
    id: 'mirror down, tag missing',
    image: `${mirrored}/team/public:2`,
    causes: ['streaming_mirror_unavailable'],
    crio: ['image_not_found'],
  },
  { id: 'ecr no credential', image: `${ecr}/team/private:1`, causes: ['no_credentials', 'unauthorized'] },
  {
    id: 'ecr expired',
    image: `${ecr}/team/private:1`,
    login: { username: 'AWS', password: 'expired' },
    causes: ['expired_credentials', 'forbidden'],
  },
  { id: 'ecr wrong password', image: `${ecr}/team/private:1`, login: wrong, causes: ['unauthorized'] },
  { id: 'ecr no right', image: `${ecr}/team/private:1`, login: guest(ecr), causes: ['forbidden'] },
  { id: 'ecr missing', image: `${ecr}/team/never:1`, login: logins[ecr]!, causes: ['image_not_found'] },
  { id: 'generic missing', image: `${generic}/team/never:1`, causes: ['unauthorized'] },
  {
    id: 'generic missing, signed in',
    image: `${generic}/team/never:1`,
    login: logins[generic]!,
    causes: ['image_not_found'],
  },
  { id: 'generic private', image: `${generic}/team/private:1`, causes: ['unauthorized'] },
  { id: 'generic wrong password', image: `${generic}/team/private:1`, login: wrong, causes: ['unauthorized'] },
];

/** The same at every vendor; signed in where nothing is public. */
const everywhere = [ghcr, hub, acr, ecr, generic].flatMap((host): readonly PullCase[] => {
  const login = host === ecr ? { login: logins[ecr]! } : {};
  const pull = (path: string, causes: PullCase['causes'], more: Partial<PullCase> = {}): PullCase => ({
    id: `${host} ${path}`,
    image: `${host}/${path}`,
    ...login,
    causes,
    ...more,
  });
  return [
    pull('team/public:2', ['image_not_found']),
    pull(`team/public@sha256:${'ab'.repeat(32)}`, ['image_not_found']),
    pull('outage/404:1', ['image_not_found']),
    pull('outage/410:1', ['registry_other_status']),
    pull('outage/429:1', ['rate_limited']),
    pull('outage/500:1', ['registry_5xx']),
    pull('outage/502:1', ['registry_5xx']),
    pull('outage/503:1', ['registry_5xx']),
    pull('outage/504:1', ['registry_5xx']),
    pull('outage/cut:1', ['connection_reset']),
    ...(host === ecr ? [] : [pull('token/down:1', ['registry_5xx'])]),
  ];
});

const network: readonly PullCase[] = [
  { id: 'refused', image: `${hosts.refused}/team/app:1`, causes: ['connection_refused'] },
  { id: 'no such host', image: `${hosts.nowhere}/team/app:1`, causes: ['dns_failure'] },
  { id: 'untrusted certificate', image: `${hosts.untrusted}/team/app:1`, causes: ['tls_untrusted_ca'] },
  { id: 'expired certificate', image: `${hosts.expired}/team/app:1`, causes: ['tls_untrusted_ca'], simulated: false },
  {
    id: 'certificate of another name',
    image: `${hosts.misnamed}/team/app:1`,
    causes: ['tls_name_mismatch'],
    simulated: false,
  },
  { id: 'HTTP where HTTPS is expected', image: `${hosts.plain}/team/public:1`, causes: ['http_on_https'] },
];

const content: readonly PullCase[] = [
  { id: 'layer lost', image: `${generic}/content/layer-lost:1`, causes: ['blob_unknown', 'blob_fetch_failed'] },
  { id: 'config lost', image: `${generic}/content/config-lost:1`, causes: ['blob_unknown', 'blob_fetch_failed'] },
  {
    id: 'child lost',
    image: `${generic}/content/child-lost:1`,
    causes: ['index_incomplete'],
  },
  { id: 'layer changed', image: `${generic}/content/changed:1`, causes: ['blob_corrupt'] },
  { id: 'layer too long', image: `${generic}/content/long:1`, causes: ['blob_corrupt', 'blob_fetch_failed'] },
  { id: 'layer cut short', image: `${generic}/content/short:1`, causes: ['blob_corrupt', 'blob_fetch_failed'] },
  { id: 'index without the platform', image: `${generic}/content/no-platform:1`, causes: ['platform_mismatch'] },
  { id: 'list without the platform', image: `${generic}/content/no-platform-docker:1`, causes: ['platform_mismatch'] },
  { id: 'schema 1', image: `${generic}/content/schema1:1`, causes: ['schema1_unsupported'] },
  { id: 'a Helm chart', image: `${generic}/content/chart:1`, causes: ['layer_extract_failed'] },
  { id: 'a manifest that is HTML', image: `${generic}/content/not-json:1`, causes: ['html_instead_of_manifest'] },
  {
    id: 'a layer that is no archive',
    image: `${generic}/content/not-a-layer:1`,
    causes: ['layer_extract_failed'],
    simulated: false,
  },
  { id: 'a login page', image: `${page}/team/public:1`, causes: ['html_instead_of_manifest', 'not_a_registry'] },
];

const oddAnswers: Readonly<Record<string, PullCase['causes']>> = {
  'token/html': ['not_a_registry', 'html_instead_of_manifest'],
  'token/empty': ['not_a_registry'],
  'token/nothing': ['not_a_registry'],
  'token/moved': ['connection_refused'],
  'token/expired': ['unauthorized'],
  'challenge/none': ['unauthorized'],
  'challenge/unknown': ['unauthorized'],
  'challenge/no-realm': ['not_a_registry'],
  'refusal/detail': ['forbidden'],
  'refusal/several': ['forbidden'],
  'refusal/own-code': ['forbidden'],
  'refusal/html': ['forbidden'],
  'refusal/blocked': ['proxy_error'],
  'header/digest': ['unknown'],
  'blob/refused': ['blob_fetch_failed', 'connection_refused'],
  'blob/forbidden': ['blob_fetch_failed'],
  'blob/gone': ['blob_unknown', 'blob_fetch_failed'],
  'blob/slow-down': ['blob_fetch_failed', 'registry_5xx'],
  'manifest/moved': ['unknown'],
};

/** CRI-O's library does not report the token service's answer. */
const oddTexts: Readonly<Record<string, PullCase['causes']>> = {
  'token/html': ['unauthorized'],
  'token/empty': ['unauthorized'],
  'token/nothing': ['unauthorized'],
  'token/moved': ['unauthorized'],
  'challenge/no-realm': ['unauthorized'],
  'refusal/own-code': ['unknown'],
  'refusal/html': ['html_instead_of_manifest'],
};

const odds = Object.entries(oddAnswers).map(([path, causes]): PullCase => {
  const crio = oddTexts[path];
  return { id: `odd ${path}`, image: `${odd}/${path}:1`, causes, ...(crio === undefined ? {} : { crio }) };
});

/** Names for which no registry is asked; the kubelet refuses most of them before the runtime does. */
const names = [
  'ghcr.io/Team/App:1',
  'ghcr.io/team/app:',
  'ghcr.io/team/app@sha256:abc',
  'https://ghcr.io/team/app:1',
  '-',
  'a b',
  '',
].map((image): PullCase => ({ id: `name ${JSON.stringify(image)}`, image, causes: ['invalid_image_name'] }));

/** What can be pulled, for the controls: a harness that always fails proves nothing. */
export const goodPulls: readonly Omit<PullCase, 'causes'>[] = [ghcr, hub, acr, mirrored, ecr, generic].flatMap(
  (host) => [
    ...(host === ecr ? [] : [{ id: `${host} public`, image: `${host}/team/public:1` }]),
    { id: `${host} private, signed in`, image: `${host}/team/private:1`, login: logins[host]! },
  ],
);

/** Every failure of every personality; each uses content of its own. */
export const pullCases: readonly PullCase[] = [...access, ...everywhere, ...network, ...content, ...odds, ...names];
