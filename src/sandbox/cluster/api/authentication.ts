import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { at, text } from '../objects/object.ts';
import { unauthorized } from '../objects/status.ts';
import type { Store } from '../store/store.ts';
import type { User } from './request.ts';

/** Static tokens, as in `--token-auth-file`. */
export type Tokens = Readonly<Record<string, { readonly user: string; readonly groups?: readonly string[] }>>;

/** Authenticates callers, and issues tokens for service accounts. */
export interface Authentication {
  /** Throws the API's 401 for an unknown credential; a request without one is `system:anonymous`. */
  readonly userOf: (request: IncomingMessage) => User;
  readonly issue: (account: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly expiresAt?: Date;
  }) => string;
}

const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/**
 * Static tokens and service-account tokens (JWTs signed with a key of this cluster; they are valid as long as their
 * account exists).
 */
export function createAuthentication(store: Store, tokens: Tokens, now: () => Date): Authentication {
  const key = randomBytes(32);
  const sign = (content: string) => createHmac('sha256', key).update(content).digest();
  return {
    userOf: (request) => {
      const [, token] = /^Bearer\s+(.+)$/i.exec(request.headers.authorization ?? '') ?? [];
      if (token === undefined) {
        if (request.headers.authorization !== undefined) throw unauthorized();
        return anonymous;
      }
      const fixed = Object.hasOwn(tokens, token) ? tokens[token] : undefined;
      if (fixed !== undefined) return { name: fixed.user, groups: [...(fixed.groups ?? []), 'system:authenticated'] };
      const account = verified(token, sign, now());
      if (account === undefined || !isLive(store, account)) throw unauthorized();
      return serviceAccountUser(account.namespace, account.name);
    },
    issue: ({ namespace, name, uid, expiresAt }) => {
      const claims = {
        iss: 'https://kubernetes.default.svc',
        sub: `system:serviceaccount:${namespace}:${name}`,
        aud: ['https://kubernetes.default.svc'],
        iat: Math.floor(now().getTime() / 1000),
        ...(expiresAt === undefined ? {} : { exp: Math.floor(expiresAt.getTime() / 1000) }),
        'kubernetes.io': { namespace, serviceaccount: { name, uid } },
      };
      const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
      return `${content}.${sign(content).toString('base64url')}`;
    },
  };
}

export function serviceAccountUser(namespace: string, name: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

interface Account {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

function verified(token: string, sign: (content: string) => Buffer, now: Date): Account | undefined {
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  const expected = sign(`${header}.${payload}`);
  const given = Buffer.from(signature, 'base64url');
  if (more.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  const expires = at(claims, 'exp');
  if (typeof expires === 'number' && expires * 1000 <= now.getTime()) return undefined;
  return {
    namespace: text(claims, 'kubernetes.io', 'namespace'),
    name: text(claims, 'kubernetes.io', 'serviceaccount', 'name'),
    uid: text(claims, 'kubernetes.io', 'serviceaccount', 'uid'),
  };
}

function isLive(store: Store, { namespace, name, uid }: Account): boolean {
  const type = store.type('', 'serviceaccounts');
  return type !== undefined && store.get(type, namespace, name)?.metadata.uid === uid;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
