import type { Conclusion } from '../../model/finding/conclusion.ts';
import type { Message } from './message.ts';
import { aboutPull, type Rule } from './rule.ts';

const asWorkload =
  'Ask the registry for the image as the workload, anonymously and with a credential that can read it.';
const expiry = 'Compare the credential’s expiry, or the age of the secret, with the time of the failure.';
const decodeSecret = 'Read host and user of the pull secrets, and ask the registry with them.';

/** 403 at the token service: the wording shows whether a credential was sent; its meaning depends on the registry. */
function tokenForbidden({ provider }: Message, sent: 'nobody' | 'somebody' | 'unclear'): Conclusion {
  switch (sent) {
    case 'somebody':
      return { cause: 'forbidden', confidence: 'likely', also: ['expired_credentials', 'unauthorized'] };
    case 'nobody':
      return provider.messages.tokenForbidden.anonymous;
    case 'unclear':
      return provider.messages.tokenForbidden.unclear;
    default:
      return sent satisfies never;
  }
}

function unauthorized({ provider, repository = '' }: Message): Conclusion {
  if (provider.messages.isPublicOnly(repository)) {
    return {
      cause: 'denied_or_absent',
      confidence: 'likely',
      also: ['image_not_found', 'invalid_image_name'],
      meaning: 'All images of this namespace are public, so the refusal means that there is none of this name.',
      next: 'Correct the name of the image; in a build it is often a stage that is called something else (FROM … AS NAME, COPY --from=NAME). No credential helps.',
    };
  }
  return { cause: 'unauthorized', confidence: 'likely', also: provider.messages.unauthorizedAlso };
}

/** A refusal in a status or in a single word. */
function denied({ text, provider, status, address }: Message): Conclusion {
  if (
    /error pulling image configuration|httpReadSeeker|(?:fetching|reading|writing|copying) blob|failed to copy/i.test(
      text,
    )
  ) {
    return { cause: 'blob_fetch_failed', confidence: 'likely', also: ['forbidden', 'network_acl'] };
  }
  const isBare = status === 403 && /\b403 (?:Forbidden|\(Forbidden\))$/.test(text);
  return (
    (isBare ? provider.messages.bareForbidden : undefined) ?? {
      cause: 'forbidden',
      confidence: 'likely',
      also: [
        ...(address?.role === 'redirect' ? (['network_acl'] as const) : []),
        'expired_credentials',
        'unauthorized',
        'denied_or_absent',
      ],
    }
  );
}

const absentOrDenied: Conclusion = {
  cause: 'denied_or_absent',
  confidence: 'likely',
  also: ['image_not_found', 'unauthorized', 'expired_credentials'],
};

/** Refusals, in order of precedence when one text contains several: the most specific words first. */
export const accessRules: readonly Rule[] = [
  {
    id: 'network-acl',
    pattern:
      /client with IP .{0,60}? is not allowed access|aka\.ms\/acr\/firewall|not allowed by (?:the )?network rule|public network access .{0,40}disabled/i,
    conclude: { cause: 'network_acl', confidence: 'certain', also: ['forbidden'] },
    confirm: 'Compare the address in the message with the firewall rules of the registry.',
    inLogs: true,
  },
  {
    id: 'credential-expired',
    pattern:
      /authorization token has expired|security token included in the request is expired|\bExpiredToken|AADSTS7000222|AADSTS700082/i,
    conclude: { cause: 'expired_credentials', confidence: 'certain' },
    confirm: expiry,
    inLogs: true,
  },
  {
    id: 'login-expired',
    pattern: /\b(?:token|credentials?|password|secret|PAT) (?:has|have|is|are) (?:been )?expired|TokenExpired/i,
    when: aboutPull,
    conclude: { cause: 'expired_credentials', confidence: 'certain' },
    confirm: expiry,
    inLogs: true,
  },
  {
    id: 'pull-through-cache',
    pattern: /UnableToGetUpstreamImage|Upstream(?:AccessDenied|TooManyRequests|Unavailable)|UnableToAccessSecret/,
    conclude: ({ text }) => {
      const meaning = 'The pull-through cache could not get the image from the registry behind it.';
      if (text.includes('TooManyRequests')) return { cause: 'rate_limited', confidence: 'certain', meaning };
      if (text.includes('UpstreamUnavailable')) return { cause: 'registry_5xx', confidence: 'certain', meaning };
      return { cause: 'forbidden', confidence: 'likely', also: ['unauthorized', 'image_not_found'], meaning };
    },
    confirm: 'Ask the registry behind the cache, with the credential that the cache rule names.',
  },
  {
    id: 'iam-denied',
    pattern:
      /is not authorized to perform:? |no (?:identity|resource)-based policy allows|with an explicit deny|AccessDenied(?:Exception)?\b/i,
    when: ({ isPull, text }) => isPull || /\b(?:ecr|ecr-public|sts):/.test(text),
    conclude: ({ text }) => {
      const crossAccount = /no resource-based policy allows/i.test(text);
      return {
        cause: 'forbidden',
        confidence: 'certain',
        meaning: 'AWS identified the caller, but no policy allows it this action.',
        next: crossAccount
          ? 'Ask the owner of the repository to add a repository policy for the calling account.'
          : 'Attach a policy that allows the action in the message to the role in it, unless a deny overrides it.',
      };
    },
    confirm: 'Simulate the action for the role in the message; compare its account with the account in the host.',
    inLogs: true,
  },
  {
    id: 'no-basic-auth',
    pattern:
      /no basic auth credentials|unauthenticated request|no credentials? (?:was |were )?(?:provided|supplied|found)|authentication .{0,20}not provided|no auth(?:entication)? configured/i,
    when: aboutPull,
    conclude: { cause: 'no_credentials', confidence: 'certain', also: ['unauthorized'] },
    confirm: 'List the pull secrets of the pod and its service account, and the hosts they have entries for.',
    inLogs: true,
  },
  {
    id: 'absent-or-denied',
    pattern: /or it may not exist|access to the requested resource is not authorized|insufficient_scope/i,
    when: aboutPull,
    conclude: absentOrDenied,
    confirm: asWorkload,
  },
  {
    id: 'package-right',
    pattern:
      /permission_denied|denied: Permission|(?:does|do) not have (?:the )?(?:required )?permission|insufficient permission|missing (?:required )?scopes?/i,
    when: aboutPull,
    conclude: { cause: 'forbidden', confidence: 'likely', also: ['denied_or_absent', 'unauthorized'] },
    confirm: asWorkload,
    inLogs: true,
  },
  {
    id: 'anonymous-token-403',
    pattern: /failed to fetch anonymous token/i,
    when: ({ status }) => status === 403,
    conclude: (message) => tokenForbidden(message, 'nobody'),
    confirm: 'Request a token anonymously and with a credential, then ask for the manifest.',
  },
  {
    id: 'anonymous-token-401',
    pattern: /failed to fetch anonymous token/i,
    when: ({ status }) => status === 401,
    conclude: {
      cause: 'unauthorized',
      confidence: 'likely',
      also: ['no_credentials', 'denied_or_absent'],
      meaning: 'The image isn’t public, and no credential for this host was sent.',
    },
    confirm: 'List the pull secrets of the pod and its service account, and the hosts they have entries for.',
  },
  {
    id: 'oauth-token-403',
    pattern: /failed to fetch oauth token/i,
    when: ({ status }) => status === 403,
    conclude: (message) => tokenForbidden(message, 'somebody'),
    confirm: `${decodeSecret} If a public image can be pulled anonymously, the credential is at fault.`,
  },
  {
    id: 'oauth-token-401',
    pattern: /failed to fetch oauth token/i,
    when: ({ status }) => status === 401,
    conclude: { cause: 'unauthorized', confidence: 'likely', also: ['expired_credentials', 'forbidden'] },
    confirm: `${decodeSecret} For ACR, also check the role assignments of the node’s identity, and the image name.`,
  },
  {
    id: 'bearer-token-403',
    pattern: /requesting bearer token: .{0,60}?\b403\b/i,
    conclude: (message) => tokenForbidden(message, 'unclear'),
    confirm: asWorkload,
  },
  {
    id: 'bad-login',
    pattern:
      /incorrect username or password|invalid username\/password|failed authentication|authentication failed|invalid_token|bad credentials|invalid credentials|login (?:failed|attempt .{0,80} failed)/i,
    when: aboutPull,
    conclude: { cause: 'unauthorized', confidence: 'certain', also: ['expired_credentials'] },
    confirm: decodeSecret,
    inLogs: true,
  },
  {
    id: 'pull-access-denied',
    pattern:
      /pull access denied|repository does not exist or may require|requested access to the resource is denied|(?:repository|project) .{0,200}? (?:not found|does not exist) or .{0,40}(?:access|permission|auth)/i,
    conclude: ({ text, provider }) =>
      (/denied: denied/i.test(text) ? provider.messages.deniedOnly : undefined) ?? absentOrDenied,
    confirm: asWorkload,
    inLogs: true,
  },
  {
    id: 'unauthorized',
    pattern: /\bunauthorized\b|not authorized\b|authentication required|must be authenticated/i,
    when: (message) => message.isPull && (message.status === undefined || message.status === 401),
    conclude: unauthorized,
    confirm: `${asWorkload} ${decodeSecret}`,
    inLogs: true,
  },
  {
    id: 'denied',
    pattern: /: denied\b|\bDENIED\b|PermissionDenied|\bforbidden\b|access denied/i,
    when: (message) => message.isPull && (message.status === undefined || message.status === 403),
    conclude: denied,
    confirm: asWorkload,
    inLogs: true,
  },
];
