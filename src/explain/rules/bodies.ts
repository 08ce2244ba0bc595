import type { Cause } from '../../model/finding/cause.ts';
import type { Conclusion } from '../../model/finding/conclusion.ts';
import type { Message } from './message.ts';
import type { Rule } from './rule.ts';

const egress =
  'Allow the address of the cluster at that host, or its host in the network’s egress rules and endpoint policies; otherwise use a mirror. Credentials for the registry don’t matter here.';
const readBody = 'Request the address by hand from the node’s network, and read status, host and body.';

function blocked(meaning: string): Conclusion {
  return {
    cause: 'network_acl',
    confidence: 'likely',
    also: ['blob_fetch_failed', 'forbidden'],
    meaning,
    next: egress,
  };
}

/** What the error codes of blob stores (S3, Google, Azure) mean for a layer; the first that matches. */
const storeCodes: readonly (readonly [code: RegExp, conclude: Conclusion])[] = [
  [
    /request has expired|RequestTimeTooSkewed|ExpiredToken|token has expired/i,
    signed(
      'The signed address of a layer had expired when it was requested: the download was too slow, or a clock is wrong.',
      'Check the clock and the download speed of the node, and try again; the pull credential hasn’t expired.',
    ),
  ],
  [
    /InvalidAccessKeyId|AuthenticationFailed|AccountProblem/i,
    signed(
      'The registry’s own credential for its blob store was refused: the fault is the registry’s.',
      'Report it to the administrator or operator of the registry; the cluster has no such key.',
      'registry_unavailable',
    ),
  ],
  [
    /SignatureDoesNotMatch|InvalidRequest|InvalidArgument|AuthorizationQueryParametersError|x-amz-content-sha256/i,
    signed(
      'The blob store refused the signed address of a layer: something on the way, such as a proxy or cache, changed the request.',
      'Correct the proxy, mirror or cache between the network and the blob host: it must pass the address on unchanged, and without the registry’s Authorization.',
      'proxy_error',
    ),
  ],
  [
    /NoSuchKey|NoSuchBucket|BlobNotFound|ContainerNotFound|ResourceNotFound/i,
    { cause: 'blob_unknown', confidence: 'likely', also: ['blob_fetch_failed'] },
  ],
  [
    /SlowDown|ServerBusy|ServiceUnavailable|InternalError|OperationTimedOut/i,
    { cause: 'registry_5xx', confidence: 'likely', also: ['blob_fetch_failed'] },
  ],
  [
    /AccessDenied|AuthorizationFailure|PublicAccessNotPermitted|Forbidden|AllAccessDisabled|IpAddress/i,
    blocked(
      'The blob host that serves the layers refuses this network; the manifest was read, so name and credential are fine.',
    ),
  ],
];

function signed(meaning: string, next: string, also: Cause = 'network_timeout'): Conclusion {
  return { cause: 'blob_fetch_failed', confidence: 'likely', also: [also], meaning, next };
}

function storeError({ text }: Message): Conclusion {
  return (
    storeCodes.find(([code]) => code.test(text))?.[1] ?? {
      cause: 'blob_fetch_failed',
      confidence: 'likely',
      also: ['registry_other_status'],
    }
  );
}

/** Error pages and error documents say more than that they aren’t JSON; these stand before the rules about that. */
export const bodyRules: readonly Rule[] = [
  {
    id: 'body-location',
    pattern:
      /block(?:s|ed|ing)? (?:\w{1,20} ){0,3}(?:from your country|IP addresses)|not available in your (?:location|country|region)|export control|embargo|from your (?:country|region) (?:is|are) (?:blocked|not)/i,
    when: ({ isPull, text }) => isPull || /HTTP 4\d\d response|<\w/.test(text),
    conclude: blocked(
      'The registry, or the host that serves its layers, blocks the country or network this request came from.',
    ),
    confirm: readBody,
  },
  {
    id: 'body-store-error',
    pattern: /<Error>.{0,40}?<Code>\w{1,80}|<Code>\w{1,80}<\/Code>/i,
    conclude: storeError,
    confirm: readBody,
  },
  {
    id: 'body-http-on-https',
    pattern: /plain HTTP request was sent to HTTPS port/i,
    conclude: {
      cause: 'http_on_https',
      confidence: 'certain',
      meaning: 'The client spoke plain HTTP to a registry port that expects HTTPS.',
      next: 'Make the client use https for this host: correct the address, or remove the insecure or plain-HTTP setting where the build or the runtime has it.',
    },
    confirm: 'Request the same address over http:// and over https://.',
  },
  {
    id: 'body-front-end',
    pattern:
      /does not have permission to get URL|<h1>(?:Error: )?(?:403|Forbidden)|the request could not be satisfied/i,
    when: ({ status, text }) => (status === undefined || status === 403) && !/<form|log ?in\b|sign ?in\b/i.test(text),
    conclude: blocked(
      'A front end refuses this address before the registry or its blob host sees the request: its page, not the registry’s JSON, came back.',
    ),
    confirm: readBody,
  },
  {
    id: 'body-other-status',
    pattern: /<html|<!doctype html|invalid character '<'/i,
    when: ({ status, isPull }) => isPull && status !== undefined && status >= 405 && status < 500 && status !== 429,
    conclude: {
      cause: 'registry_other_status',
      confidence: 'likely',
      also: ['network_timeout', 'registry_unavailable'],
      meaning: 'A load balancer or proxy in front of the registry ended the request with a page of its own.',
      next: 'Try again; if it persists, look at the load balancer, the proxy and the network between the node and the registry.',
    },
    confirm: readBody,
  },
];
