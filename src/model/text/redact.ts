const mark = '[redacted]';

/**
 * Takes credentials out of a text that a person pasted or a log line: tokens, passwords, keys, signed query strings.
 * Digests, image references, hosts and status codes stay readable. Applying it twice changes nothing. Never throws.
 */
export function redact(text: string): string {
  let result = text;
  for (let pass = 0; pass < mostPasses; pass++) {
    const next = redactOnce(result);
    if (next === result) break;
    result = next;
  }
  return result;
}

/** The result of one replacement may complete another pattern; in practice two passes are enough. */
const mostPasses = 6;

function redactOnce(text: string): string {
  let result = text;
  for (const [pattern, replacement] of rules) {
    result =
      typeof replacement === 'string' ? result.replace(pattern, replacement) : result.replace(pattern, replacement);
  }
  return /AKIA|ASIA|aws/i.test(result) ? result.replace(awsSecretKey, (word) => (isMixed(word) ? mark : word)) : result;
}

type Rule = readonly [pattern: RegExp, replacement: string | ((...match: string[]) => string)];

const secretWord =
  '(?:password|passwd|passphrase|pwd|pass(?![a-z])|requirepass|(?<!pull[-_]?)secret|token|(?:api|access|account|private|signing|encryption|master|session|jwt|hmac|ssh)[-_]?key|credential|signature|cookie|connection[-_]?string|\\bdsn)';

/** Every quantifier that could overlap with what follows is bounded, so that long input takes linear time. */
const rules: readonly Rule[] = [
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g, mark],
  [
    /((?:proxy-)?authorization\\?["']?\s{0,5}[:=]\s{0,5}\\?["']?(?:basic|bearer|token|digest|negotiate)\s{1,5})[^\s"'\\,;]+/gi,
    `$1${mark}`,
  ],
  [/((?:proxy-)?authorization\\?["']?\s{0,5}[:=]\s{0,5}\\?["']?)[A-Za-z0-9._~+/=-]{24,}/gi, `$1${mark}`],
  [/\b((?:basic|bearer)\s{1,5})[A-Za-z0-9._~+/=-]{20,}/gi, `$1${mark}`],
  [/\b((?:set-)?cookie:[ \t]{0,5})[^\r\n]+/gi, `$1${mark}`],
  [/\bgh[opusr]_[A-Za-z0-9]{16,}/g, mark],
  [/\bgithub_pat_[A-Za-z0-9_]{16,}/g, mark],
  [/\bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{8,}/g, mark],
  [/\bxapp-[A-Za-z0-9-]{8,}/g, mark],
  [/(hooks\.slack\.com\/[a-z]{1,20}\/)[A-Za-z0-9/_-]+/g, `$1${mark}`],
  [/\bgl(?:pat|dt|cbt|ptt|rt|soat)-[A-Za-z0-9_.-]{16,}/g, mark],
  [/\bdckr_[po]at_[A-Za-z0-9_-]{16,}/g, mark],
  [/\b(?:npm_|hf_)[A-Za-z0-9]{30,}/g, mark],
  [/\bAIza[A-Za-z0-9_-]{35}/g, mark],
  [/\bya29\.[A-Za-z0-9_.-]{16,}/g, mark],
  [/\b[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,40}/g, mark],
  [/\b[A-Za-z0-9+/]{40,80}\+ACR[A-Za-z0-9]{5,12}\b/g, mark],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, `$1${mark}`],
  [/\beyJ[A-Za-z0-9_+/=.-]{16,}/g, mark],
  [/\bew[ow][A-Za-z0-9+/=]{30,}/g, mark],
  [/(:\/\/[^\s/@:"']{0,256}:)[^\s/"']{1,1024}@/g, `$1${mark}@`],
  [/(:\/\/)[A-Za-z0-9_-]{20,1024}@/g, `$1${mark}@`],
  [/([?&;](?:sig|key|code|assertion|sv_sig)=)[^&\s"'<>]+/gi, `$1${mark}`],
  [
    new RegExp(
      `(\\\\?["'](?:auth|[\\w.-]{0,40}?${secretWord}[\\w-]{0,24})\\\\?["']\\s{0,5}:\\s{0,5}\\\\?["'])([^"'\\\\\\r\\n]+)`,
      'gi',
    ),
    (all, before = '') => (namesSecret(before) ? `${before}${mark}` : all),
  ],
  [
    new RegExp(`(${secretWord}[\\w-]{0,24}=)("[^"\\r\\n]*"?|'[^'\\r\\n]*'?|[^\\s"'&;,<>)}]+)`, 'gi'),
    (all, before = '') => (namesSecret(before) ? `${before}${mark}` : all),
  ],
  [
    new RegExp(
      `^([ \\t]{0,40}(?:- )?[\\w.-]{0,40}?${secretWord}[\\w-]{0,24}:[ \\t]{1,5})[^\\s]+(?=[ \\t]*\\r?$)`,
      'gim',
    ),
    (all, before = '') => (namesSecret(before) ? `${before}${mark}` : all),
  ],
  [/^([ \t]{0,40}"?auth"?:[ \t]{1,5})[A-Za-z0-9+/=]{8,}(?=[ \t]*\r?$)/gim, `$1${mark}`],
  [
    /((?<![\w.-])--?[\w.-]{0,20}(?:password|passwd|passphrase|pwd|pass|token|secret|credential|cookie|key)\s{1,5})(?!-)[^\s"']+/gi,
    `$1${mark}`,
  ],
  [/(\b(?:mysql|mariadb)[\w-]{0,20}\b[^\r\n|]{0,200}?\s-p)[^\s"']+/g, `$1${mark}`],
  [/(\b(?:sshpass\s{1,5}-p|redis-cli\b[^\r\n|]{0,200}?\s(?:-a|--pass))\s{1,5})[^\s"']+/g, `$1${mark}`],
  [/(\b[\w.-]{1,64}:)[^\s@/:"'{}]{1,256}@(?=(?:tcp|unix)\(|[\w.-]{1,253}:\d)/g, `$1${mark}@`],
  [/(\b[\w-]{0,40}[_-]auth=)[^\s"'&;,]{8,}/gi, `$1${mark}`],
  [/(-H\s{0,5}["']?[\w-]{0,40}(?:key|token|secret|auth|cookie)[\w-]{0,20}:\s{0,5})[^"'\r\n]+/gi, `$1${mark}`],
  [/(\blogin\b[^\r\n|]{0,200}?\s-p\s{1,5})[^\s"']+/g, `$1${mark}`],
  [/(\bcurl\b[^\r\n|]{0,200}?\s(?:-u|--(?:proxy-)?user)(?:\s{1,5}|=)["']?[^\s:"']{1,100}:)[^\s"']+/g, `$1${mark}`],
];

const awsSecretKey = /(?<![A-Za-z0-9/+=._-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=._-])/g;

/** Random letters of both cases and digits; a commit hash or a path is not. */
function isMixed(word: string): boolean {
  return /[A-Z]/.test(word) && /[a-z]/.test(word) && /\d/.test(word);
}

/** `secretName`, `token_type` and the like are not secrets. */
function namesSecret(key: string): boolean {
  return !/(?:name|names|ref|type|count|realm|url|uri|expiry|expires|_at|version|stdin)["'\\]*\s*[=:]\s*\\?["']?$/i.test(
    key,
  );
}
