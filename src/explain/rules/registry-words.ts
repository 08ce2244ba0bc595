import type { Conclusion } from '../../model/finding/conclusion.ts';
import { aboutPull, type Rule } from './rule.ts';

const readMessageThere =
  'Ask the registry for the image by hand and read its message, or look at it in the registry’s own pages.';

function policy(meaning: string, next: string, more: Partial<Conclusion> = {}): Conclusion {
  return { cause: 'registry_policy', confidence: 'likely', also: ['forbidden'], meaning, next, ...more };
}

/** Refusals that a registry explains in words of its own: neither a name nor a credential is at fault. */
export const registryWordRules: readonly Rule[] = [
  {
    id: 'login-lock',
    pattern: /too many failed login attempts/i,
    conclude: {
      cause: 'unauthorized',
      confidence: 'likely',
      also: ['rate_limited'],
      meaning: 'The registry locked out this user or address after failed logins: a stored credential is wrong.',
      next: 'Correct or remove the stored login where the pull or the build runs; waiting alone brings the lock back.',
    },
    confirm: 'Log in by hand with the same credential once the lock has ended.',
  },
  {
    id: 'registry-scan',
    pattern:
      /due to configured policy|prevent images with vulnerability|PROJECTPOLICYVIOLATION|image is not (?:signed|scanned)|vulnerabilit(?:y|ies).{0,120}?(?:policy|threshold|severity|blocked)|blocked by .{0,60}?(?:xray|curation|policy|firewall)|(?:xray|curation).{0,120}?block|quarantined/i,
    when: aboutPull,
    conclude: ({ text }) =>
      /sign/i.test(text)
        ? policy(
            'A policy of the registry lets only signed images out, and this one isn’t signed as it requires.',
            'Sign the image, or ask the administrator of the registry project to change the policy.',
            { also: ['signature_policy', 'forbidden'] },
          )
        : policy(
            'A policy of the registry blocks this image because of its vulnerabilities or because it hasn’t been cleared.',
            'Rebuild the image on a patched base, or ask the administrator of the registry project for an exception (allowlist).',
          ),
    confirm: readMessageThere,
  },
  {
    id: 'registry-account',
    pattern:
      /requires? billing|billing account|billing .{0,60}?(?:disabled|delinquent|enabled?)|UserProjectAccountProblem|AllAccessDisabled|AccountIsDisabled|account is (?:not active|disabled|suspended|blocked)|(?:namespace|organization|project|repository|account|user|subscription) \S{0,200}? ?(?:has been|is|was) (?:currently )?(?:disabled|suspended|blocked|locked|deactivated)|payment required|please enable .{0,80}? API|subscription .{0,60}?(?:expired|inactive)/i,
    when: aboutPull,
    conclude: policy(
      'The registry serves nothing of this owner: its account, project, API or namespace is disabled or not paid for.',
      'Ask the owner or the administrator of the registry to enable it; until then use the image from another registry. No pull secret helps.',
      { also: ['forbidden', 'image_moved'] },
    ),
    confirm: readMessageThere,
  },
  {
    id: 'registry-quota',
    pattern:
      /(?:traffic|storage|transfer|bandwidth|egress|download)s? (?:quota|limit)|quota .{0,40}?(?:not enough|exceeded|used up|reached)|(?:exceeded|over|reached) .{0,40}?(?:storage|traffic|bandwidth|transfer) ?(?:quota|limit)?/i,
    when: (message) => aboutPull(message) && !/disk quota exceeded/i.test(message.text),
    conclude: policy(
      'A quota of the registry’s owner (traffic or storage) is used up; it isn’t a limit on requests that ends in minutes.',
      'Ask the owner or the administrator of the registry to raise the quota, or use the image from another registry.',
      { also: ['rate_limited', 'forbidden'] },
    ),
    confirm: readMessageThere,
  },
  {
    id: 'registry-maintenance',
    pattern: /(?:under|in|for|scheduled) maintenance|maintenance mode|(?:in )?read[- ]only mode/i,
    when: aboutPull,
    conclude: policy(
      'The registry is in maintenance.',
      'Wait until its administrator ends the maintenance; a mirror or cache still serves what it has.',
      { also: ['registry_unavailable', 'registry_5xx'] },
    ),
    confirm: 'Look at the registry’s status page, or ask its administrator.',
  },
  {
    id: 'registry-moved',
    pattern:
      /deprecated and (?:shutting|shut) down|(?:is|was|has been|being) (?:shut(?:ting)? down|retired|sunset|decommissioned|discontinued)|(?:image|images|repository|registry|we|it) (?:has|have|was|were) (?:been )?(?:moved|migrated|relocated)|no longer (?:hosted|served|published|maintained|available) (?:at|here|on|in|from)|please (?:migrate|use the new|switch) /i,
    when: aboutPull,
    conclude: {
      cause: 'image_moved',
      confidence: 'likely',
      also: ['registry_policy', 'forbidden'],
    },
    confirm: readMessageThere,
  },
  {
    id: 'retired-registry',
    pattern: /./,
    when: ({ provider, host = '', status, text, isPull }) =>
      provider.messages.movedTo(host, '') !== undefined &&
      isPull &&
      ((status !== undefined && status >= 400) ||
        /not found|denied|forbidden|no such host|refused|timeout/i.test(text)),
    conclude: ({ provider, host = '' }) => ({
      cause: 'image_moved',
      confidence: 'likely',
      also: ['registry_unavailable', 'forbidden'],
      meaning: 'The registry in the reference was shut down.',
      next: `Correct the reference in the workload: the image is ${provider.messages.movedTo(host, '') ?? 'elsewhere'}.`,
    }),
    confirm: 'Look for the current address in the documentation of the image.',
  },
  {
    id: 'upstream-limit',
    pattern: /too many requests to upstream|upstream .{0,40}?(?:rate limit|toomanyrequests|429)/i,
    conclude: {
      cause: 'rate_limited',
      confidence: 'likely',
      meaning: 'The registry behind this cache limits the cache: its own address or credential has used up the quota.',
      next: 'Give the cache a credential of its own for its upstream (in its registry endpoint or remote repository), or wait. A pull secret of the workload doesn’t help.',
    },
    confirm: 'Ask the upstream registry from the cache’s address, and read its ratelimit headers.',
  },
  {
    id: 'cache-artifact',
    pattern: /unknown: (?:artifact|repository) \S{1,600} not found/i,
    when: aboutPull,
    conclude: ({ provider }) => ({
      cause: 'image_not_found',
      confidence: 'likely',
      also: ['registry_unavailable', ...provider.messages.notFoundAlso],
    }),
    confirm: 'If this repository is a proxy cache, ask its upstream for the image, and read the cache’s log.',
  },
];
