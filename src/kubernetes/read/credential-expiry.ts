import { z } from 'zod';

/** The largest epoch seconds that a Date can hold. */
const seconds = z.number().min(1).max(8.64e12);
const EcrToken = z.object({ payload: z.string(), expiration: seconds });
const JwtClaims = z.object({ exp: seconds });

/**
 * When a password expires according to its own content: an ECR authorization token is base64 JSON with `expiration`, an
 * ACR or GitLab token a JWT with `exp`. Signatures are not checked: the result is shown to people, not used to grant
 * access.
 */
export function credentialExpiry(password: string): Date | undefined {
  const parts = password.split('.');
  const at = parts.length === 3 ? fieldIn(parts[1], JwtClaims, 'exp') : fieldIn(password, EcrToken, 'expiration');
  return at === undefined ? undefined : new Date(at * 1000);
}

function fieldIn<K extends string>(
  encoded: string | undefined,
  schema: z.ZodType<Readonly<Record<K, number>>>,
  field: K,
): number | undefined {
  if (encoded === undefined || !/^[A-Za-z0-9+/_=-]+$/.test(encoded)) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')));
    return parsed.success ? parsed.data[field] : undefined;
  } catch {
    return undefined;
  }
}
