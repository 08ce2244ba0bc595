// What a reader of events does: the first keyword decides. Reads the lines of `imagecheck explain --jsonl`, and answers
// with a cause for each; the yardstick that a diagnosis has to beat.
import { createInterface } from 'node:readline';

const keywords = [
  [/toomanyrequests|rate limit|\b429\b/i, 'rate_limited'],
  [/x509|certificate/i, 'tls_untrusted_ca'],
  [/no such host|name resolution/i, 'dns_failure'],
  [/connection refused/i, 'connection_refused'],
  [/i\/o timeout|timed? ?out|deadline exceeded/i, 'network_timeout'],
  [/no space left/i, 'disk_full'],
  [/no match for platform|exec format error/i, 'platform_mismatch'],
  [/unauthorized|\b401\b|authentication required|no basic auth/i, 'unauthorized'],
  [/denied|forbidden|\b403\b/i, 'forbidden'],
  [/not found|\b404\b|manifest unknown|does not exist/i, 'image_not_found'],
  [/\b50[0-9]\b|service unavailable|internal server error/i, 'registry_5xx'],
  [/InvalidImageName|invalid reference/i, 'invalid_image_name'],
];

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue;
  const { id, message } = JSON.parse(line);
  const cause = keywords.find(([pattern]) => pattern.test(message))?.[1] ?? 'unknown';
  process.stdout.write(`${JSON.stringify({ id, cause })}\n`);
}
