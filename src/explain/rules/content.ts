import type { Conclusion } from '../../model/finding/conclusion.ts';
import type { Message } from './message.ts';
import { aboutPull, type Rule } from './rule.ts';

const byHand = 'Request the manifest and the blob from the registry by hand, and compare digest and content type.';
const tags = 'List the tags of the repository, and request the manifest as the workload.';

/** A cache answers the same when its upstream fails, so only a registry that is none can be believed entirely. */
function imageNotFound({ provider, host = '', repository = '', address }: Message): Conclusion {
  const { notFoundAlso, mayBeCache, movedTo } = provider.messages;
  const moved = movedTo(host, repository);
  if (moved !== undefined) {
    return {
      cause: 'image_moved',
      confidence: 'likely',
      also: ['image_not_found'],
      meaning: 'The publisher moved its images, and this one isn’t at its old place any more.',
      next: `Set the image of the workload to a current tag, or to the same tag in ${moved}.`,
    };
  }
  const isThirdParty = mayBeCache || address?.role === 'mirror' || address?.role === 'redirect';
  const also = [...notFoundAlso, ...(isThirdParty ? (['registry_unavailable'] as const) : [])];
  return {
    cause: 'image_not_found',
    confidence: isThirdParty ? 'likely' : 'certain',
    ...(also.length === 0 ? {} : { also }),
  };
}

/** Responses from something other than a healthy registry. */
export const answerRules: readonly Rule[] = [
  {
    id: 'too-many-requests',
    pattern: /toomanyrequests|pull rate limit|too many requests to registry|^429 Too Many Requests/i,
    conclude: { cause: 'rate_limited', confidence: 'certain' },
    confirm:
      'Read the ratelimit headers of the registry from the cluster’s address; check whether a credential was sent.',
    inLogs: true,
  },
  {
    id: 'throttled',
    pattern:
      /too many requests|rate limit (?:exceeded|reached)|rate exceeded|Throttling(?:Exception)?\b|RequestLimitExceeded|\b429\b/i,
    when: aboutPull,
    conclude: { cause: 'rate_limited', confidence: 'certain' },
    confirm:
      'Read the ratelimit headers of the registry from the cluster’s address; check whether a credential was sent.',
    inLogs: true,
  },
  {
    id: 'streaming-mirror',
    pattern: /./,
    when: ({ streamingMirror }) => streamingMirror,
    conclude: ({ status }) => ({
      cause: 'streaming_mirror_unavailable',
      confidence: status !== undefined && status >= 500 ? 'likely' : 'possible',
      also: status === 404 ? ['image_not_found', 'unauthorized'] : ['unauthorized', 'image_not_found', 'registry_5xx'],
    }),
    confirm: 'Ask the registry behind the mirror (ns=) directly, and check whether pods on other nodes pull the image.',
  },
  {
    id: 'media-type-html',
    pattern: /unexpected (?:media|content)[- ]type:? "?text\/html/i,
    conclude: { cause: 'html_instead_of_manifest', confidence: 'certain', also: ['not_a_registry'] },
    confirm: byHand,
    inLogs: true,
  },
  {
    id: 'page-instead-of-json',
    pattern:
      /Expecting value: line 1 column 1|invalid character '<' looking for beginning of value|Unexpected token '?<|Unexpected character encountered while parsing value: <|Unexpected character .{0,20}'<'|unexpected character: line 1 column 1|JSON\.parse: unexpected character at line 1 column 1/i,
    when: ({ status, text }) =>
      (status === undefined || (status < 500 && status !== 401)) && !/unauthorized/i.test(text),
    conclude: ({ isPull }) => ({
      cause: 'html_instead_of_manifest',
      confidence: isPull ? 'likely' : 'possible',
      also: ['not_a_registry', 'reference_format'],
    }),
    confirm:
      'Request the address in the message by hand: check final host, content type and first characters; look for a reference without a repository.',
    inLogs: true,
  },
  {
    id: 'page-in-body',
    pattern: /<!doctype html|<html\b/i,
    when: ({ isPull, status, text }) =>
      isPull && (status === undefined || (status < 500 && status !== 401)) && !/unauthorized/i.test(text),
    conclude: ({ status }) => ({
      cause: 'html_instead_of_manifest',
      confidence: 'likely',
      also: status === 403 ? ['forbidden', 'not_a_registry'] : ['not_a_registry'],
    }),
    confirm: byHand,
    inLogs: true,
  },
  {
    id: 'token-service',
    pattern:
      /did not include a token in the response|unable to decode token response|no realm specified for token auth challenge/i,
    conclude: {
      cause: 'not_a_registry',
      confidence: 'likely',
      also: ['proxy_error', 'unauthorized'],
      meaning:
        'The token service’s address answered without a token: it is another server, a proxy, or a broken service.',
      next: 'Request the token URL from the registry’s challenge by hand, from the node’s network, and look at what answers.',
    },
    confirm: byHand,
    inLogs: true,
  },
  {
    id: 'schema1',
    pattern:
      /distribution\.manifest\.v1\+|schema ?1\b.{0,80}?(?:support|deprecat)|is no longer supported since containerd|: no signatures(?: \[reason|$)/i,
    conclude: { cause: 'schema1_unsupported', confidence: 'certain' },
    confirm: 'Read the media type of the manifest.',
  },
  {
    id: 'platform',
    pattern:
      /no match(?:ing)? (?:for )?platform|no matching manifest for|no image found in (?:manifest list|image index)|image architecture mismatch|operating system of the container does not match|0xc0370101|does not (?:match|provide) the specified platform|cannot be used on this platform|is incompatible with a .{0,60}?host|does not match the host operating system|no child with platform/i,
    conclude: { cause: 'platform_mismatch', confidence: 'certain' },
    confirm: 'Compare the platforms of the image’s index with the node’s operating system and architecture.',
    inLogs: true,
  },
  {
    id: 'corrupt',
    pattern:
      /failed size validation|unexpected commit (?:digest|size)|digest mismatch|DIGEST_INVALID|SIZE_INVALID|layer verification failed|digest did not match|does not match the digest|(?:checksum|hash) mismatch|manifest verification failed/i,
    when: ({ isPull, text }) =>
      isPull || /failed size validation|unexpected commit|DIGEST_INVALID|SIZE_INVALID/.test(text),
    conclude: { cause: 'blob_corrupt', confidence: 'certain' },
    confirm: 'Download the blob by hand, from the registry and through the mirror, and compare its digest.',
  },
  {
    id: 'blob-unknown',
    pattern: /unknown blob|BLOB_UNKNOWN|blob unknown to registry|MANIFEST_BLOB_UNKNOWN/i,
    conclude: {
      cause: 'blob_unknown',
      confidence: 'likely',
      also: ['blob_fetch_failed', 'blob_corrupt', 'image_not_found'],
    },
    confirm: 'Send a HEAD request for every blob of the manifest.',
  },
];

/** The registry's own message, when neither network nor access explains the failure. */
export const contentRules: readonly Rule[] = [
  {
    id: 'server-error',
    pattern: /service unavailable|bad gateway|gateway time-?out|internal server error|\b5\d\d\b/i,
    when: ({ isPull, status }) => isPull && status !== undefined && status >= 500,
    conclude: { cause: 'registry_5xx', confidence: 'certain' },
    confirm: 'Request the image from elsewhere, and look at the registry’s status page.',
    inLogs: true,
  },
  {
    id: 'blob',
    pattern:
      /httpReadSeeker: failed open|error pulling image configuration|(?:fetching|reading|writing|copying|storing|downloading) (?:a )?blob|failed to copy\b|download failed after|content at URL not found|unexpected EOF/i,
    when: aboutPull,
    conclude: { cause: 'blob_fetch_failed', confidence: 'likely', also: ['registry_other_status', 'blob_corrupt'] },
    confirm: 'Send a HEAD request for the blob, and try to reach its redirect host from the node.',
  },
  {
    id: 'archived',
    pattern: /ImageArchivedException|image .{0,80}? (?:is|has been) archived/i,
    conclude: {
      cause: 'image_not_found',
      confidence: 'likely',
      meaning: 'The image was archived: it is listed but can’t be pulled.',
      next: 'Restore it from the archive, or use another tag.',
    },
    confirm: 'Read the image’s status in the registry.',
  },
  {
    id: 'not-found',
    pattern:
      /manifest unknown|MANIFEST_UNKNOWN|NAME_UNKNOWN|TAG_UNKNOWN|name unknown|repository name not known|ImageNotFoundException|RepositoryNotFoundException|\bthe (?:image|repository) with .{0,300}? does not exist|no such image|manifest for \S{1,600} not found/i,
    conclude: imageNotFound,
    confirm: tags,
    inLogs: true,
  },
  {
    id: 'pull-not-found',
    pattern:
      /: not found(?:$|[\s,;.\]"'])|\b(?:image|repository|tag) \S{1,600} (?:not found|does not exist)|code = NotFound|\bURL\S{0,600} not found/i,
    when: ({ isPull, text }) => isPull && /pull|resolve|manifest|image|IMAGE|repository/.test(text),
    conclude: imageNotFound,
    confirm: tags,
  },
  {
    id: 'status',
    pattern: /\b(?:unexpected|invalid|failed|status|StatusCode|HTTP|response|returned|error)\b/i,
    when: ({ isPull, status }) => isPull && status !== undefined && status >= 400 && status < 500,
    conclude: ({ status }) => {
      if (status === 401) return { cause: 'unauthorized', confidence: 'likely', also: ['no_credentials'] };
      if (status === 403) return { cause: 'forbidden', confidence: 'likely', also: ['denied_or_absent'] };
      if (status === 404) return { cause: 'image_not_found', confidence: 'likely' };
      return { cause: 'registry_other_status', confidence: 'likely', also: ['forbidden'] };
    },
    confirm: byHand,
  },
  {
    id: 'other-code',
    pattern: /\bUNSUPPORTED\b|MANIFEST_INVALID|BLOB_UPLOAD_(?:INVALID|UNKNOWN)/,
    conclude: { cause: 'registry_other_status', confidence: 'possible' },
    confirm: byHand,
    inLogs: true,
  },
];
