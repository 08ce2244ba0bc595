import * as fc from 'fast-check';
import type { ProbeOutcome } from '../../src/model/image/outcome.ts';
import type { ContainerState, ImageProbe, ProbeAttempt, Snapshot } from '../../src/model/snapshot/snapshot.ts';
import { known } from '../../src/model/values/fact.ts';
import {
  amd64,
  anIndex,
  arm64,
  as,
  digestOf,
  found,
  html,
  notFound,
  refused,
  serverError,
  unreachable,
} from './probes.ts';
import { aContainer, aNode, anEvent, aSnapshot, type Patch, waiting } from './snapshot.ts';

export const pulledImage = 'registry.shop.test/acme/web:1';
const url = 'https://registry.shop.test/v2/acme/web/manifests/1';

/** What kubelets and runtimes write about a pull that fails, some of it about another host than the registry. */
const pullTexts: readonly string[] = [
  `Head "${url}": dial tcp 10.0.0.1:443: connect: connection refused`,
  `Head "${url}": dial tcp: lookup registry.shop.test on 10.0.0.10:53: no such host`,
  `Head "${url}": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  `Head "${url}": dial tcp 10.0.0.1:443: i/o timeout`,
  'failed to authorize: failed to fetch anonymous token: Get "https://auth.other.test/token?scope=repository%3Aacme%2Fweb%3Apull": dial tcp 10.0.0.9:443: connect: connection refused',
  'failed to authorize: failed to fetch anonymous token: Get "https://auth.other.test/token?scope=x": dial tcp: lookup auth.other.test: no such host',
  'failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://blobs.other.test/layer/abc": dial tcp 10.0.0.8:443: i/o timeout',
  `Head "${url}": proxyconnect tcp: dial tcp 10.9.9.9:3128: connect: connection refused`,
  'proxyconnect tcp: dial tcp: lookup proxy.other.test: no such host',
  'unexpected status from HEAD request to http://mirror.other.test/v2/acme/web/manifests/1?ns=registry.shop.test: 503 Service Unavailable',
  'unexpected status from HEAD request to http://localhost:8578/v2/acme/web/manifests/1?ns=registry.shop.test: 503 Service Unavailable',
  `unexpected status from HEAD request to ${url}: 503 Service Unavailable`,
  `${pulledImage}: not found`,
  'manifest unknown: manifest unknown',
  'pull access denied, repository does not exist or may require authorization',
  `unexpected status from HEAD request to ${url}: 401 Unauthorized`,
  'no match for platform in manifest: not found',
  'error parsing HTTP 200 response body: invalid character \'<\' looking for beginning of value: "<!DOCTYPE html>"',
  'toomanyrequests: You have reached your pull rate limit',
  'write /var/lib/containerd/x: no space left on device',
  '',
];

const outcomes: fc.Arbitrary<ProbeOutcome> = fc.oneof(
  fc.constant(found(pulledImage)),
  fc.constantFrom<ProbeOutcome>(
    notFound('tag'),
    notFound('repository'),
    notFound(),
    refused(401),
    refused(401, { hint: 'credential-expired' }),
    refused(403, { stage: 'request' }),
    refused(403, { hint: 'never-published' }),
    refused(403, { hint: 'exists-private' }),
    refused(403, { hint: 'network-acl' }),
    unreachable('refused'),
    unreachable('dns'),
    serverError(),
    html,
  ),
);
const attempts: fc.Arbitrary<ProbeAttempt[]> = fc
  .record({
    mirror: fc.option(outcomes, { nil: undefined }),
    workload: fc.option(outcomes, { nil: undefined }),
    withSecret: fc.boolean(),
    anonymous: fc.option(outcomes, { nil: undefined }),
    bot: fc.option(outcomes, { nil: undefined }),
  })
  .map(({ mirror, workload, withSecret, anonymous, bot }) => [
    ...(mirror === undefined
      ? []
      : [{ as: 'workload' as const, via: { kind: 'mirror' as const, host: 'mirror.other.test' }, outcome: mirror }]),
    ...(workload === undefined ? [] : [as('workload', workload, withSecret ? 'regcred' : undefined)]),
    // Without a secret, the workload was asked for anonymously already.
    ...(anonymous === undefined || !withSecret ? [] : [as('anonymous', anonymous)]),
    ...(bot === undefined ? [] : [as('bot', bot)]),
  ]);

const probe: fc.Arbitrary<Partial<ImageProbe>> = fc
  .record({
    attempts,
    tags: fc.constantFrom<readonly string[] | undefined>(undefined, [], ['0.9', '1.1']),
    platforms: fc.constantFrom([amd64], [arm64], [amd64, arm64]),
  })
  .map(({ attempts: all, tags, platforms }) => ({
    attempts: all,
    ...(tags === undefined ? {} : { tags: known(tags) }),
    ...(all.some(({ outcome }) => outcome.kind === 'found')
      ? {
          manifest: known(anIndex(pulledImage, platforms)),
          configs: known(platforms.map((platform) => ({ digest: digestOf('config'), platform, env: [] }))),
        }
      : {}),
  }));

/** How a container waits; the texts of `ErrImageNeverPull` are the kubelet's own. */
const states: fc.Arbitrary<Patch<ContainerState>> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...pullTexts).map((text) => waiting('ErrImagePull', text)) },
  {
    weight: 1,
    arbitrary: fc.constant(
      waiting('ErrImageNeverPull', `Container image "${pulledImage}" is not present with pull policy of Never`),
    ),
  },
  { weight: 1, arbitrary: fc.constant(waiting('ImagePullBackOff', `Back-off pulling image "${pulledImage}"`)) },
);

/**
 * Snapshots in which a pull of `pulledImage` fails, with sources that contradict one another: what the kubelet wrote,
 * what each identity got from the registry and a mirror, what the nodes list, and what other pods run on which node.
 */
export const anyFailingPull: fc.Arbitrary<Snapshot> = fc
  .record({
    state: states,
    text: fc.constantFrom(...pullTexts),
    probe,
    sibling: fc.constantFrom('none', 'same node', 'another node'),
    list: fc.constantFrom<readonly string[] | undefined>(undefined, [], [pulledImage]),
    listed: fc.constantFrom(3, 50),
    kubeletVersion: fc.constantFrom('v1.34.1', 'v1.35.0'),
  })
  .map(({ state, text, probe: patch, sibling, list, listed, kubeletVersion }) =>
    aSnapshot({
      containers: [aContainer({ image: pulledImage })],
      podCount: sibling === 'none' ? 1 : 2,
      pod: (index) => ({ node: index === 1 && sibling === 'another node' ? 'node-2' : 'node-1' }),
      state: (_, index) => (index === 0 ? state : {}),
      nodes: known([aNode({ kubeletVersion }), aNode({ name: 'node-2', kubeletVersion })]),
      ...(list === undefined ? {} : { nodeImages: [{ node: 'node-1', listed, names: [...list] }] }),
      events: known(
        text === '' ? [] : [anEvent('web-7d9f-1', 'Failed', `Failed to pull image "${pulledImage}": ${text}`)],
      ),
      probe: patch,
    }),
  );
