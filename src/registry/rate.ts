import type { RateLimit } from '../model/image/outcome.ts';
import type { ResponseHeaders } from './transport.ts';

const datePattern = /^[A-Za-z]{3,9}, ?\d{1,2}[ -][A-Za-z]{3}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;
const quotaPattern = /^\s*(\d{1,12})\s*(?:;.*?\bw\s*=\s*(\d{1,12}).*)?$/;

/** Milliseconds to wait according to `Retry-After` (RFC 9110 section 10.2.3: seconds or a date). Never throws. */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  if (!datePattern.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

/** The quota in `ratelimit-limit: 100;w=21600` and `ratelimit-remaining` (docs/facts/registries.md#docker-hub). */
export function readRateLimit(headers: ResponseHeaders): RateLimit | undefined {
  const limit = quotaPattern.exec(headers.get('ratelimit-limit') ?? '');
  const remaining = quotaPattern.exec(headers.get('ratelimit-remaining') ?? '');
  if (limit === null || remaining === null) return undefined;
  const source = headers.get('docker-ratelimit-source')?.slice(0, 100);
  return {
    limit: Number(limit[1]),
    remaining: Number(remaining[1]),
    windowSeconds: Number(limit[2] ?? remaining[2] ?? 0),
    ...(source === undefined || source === '' ? {} : { source }),
  };
}
