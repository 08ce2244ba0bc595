import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { User } from '@kubernetes/client-node';
import { reasonOf } from '../../errors.ts';
import { redact } from '../../model/text/redact.ts';
import type { Pem, Proof, ServerAccess } from './server-access.ts';

/** What one request presents: headers, and the certificate and trust of its TLS connection. */
export interface Presented {
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** The credentials of one user of one cluster; shares nothing with another reader. */
export interface Credentials {
  /** What to present now, or why nothing can be presented. */
  present(): Promise<{ readonly ok: true; readonly value: Presented } | { readonly ok: false; readonly why: string }>;
  /** The server refused these credentials: forget them. False when refreshing would give the same ones. */
  forget(): boolean;
}

/** Files are re-read this often: the kubelet and cert-manager rotate them (client-go: at least every minute). */
const fileMaxAgeMs = 30_000;

/** Reads and caches what `access` needs to authenticate. `now` is epoch milliseconds. */
export function createCredentials(access: ServerAccess, now: () => number = Date.now): Credentials {
  const files = createFileCache(now);
  const bearer = createBearer(access.proof, (path) => files.read(path));
  const pem = async (source: Pem | undefined): Promise<string | undefined> => {
    if (source === undefined) return undefined;
    return source.kind === 'data' ? source.pem.reveal() : await files.read(source.path);
  };
  const gather = async (): Promise<Presented> => {
    const [own, ca, cert, key] = await Promise.all([
      bearer.get(),
      pem(access.ca),
      pem(access.certificate?.cert),
      pem(access.certificate?.key),
    ]);
    const pair = own.cert !== undefined && own.key !== undefined ? own : { cert, key };
    return {
      headers: { ...impersonation(access), ...own.headers },
      ...(ca === undefined ? {} : { ca }),
      ...(pair.cert === undefined || pair.key === undefined ? {} : { cert: pair.cert, key: pair.key }),
    };
  };
  return {
    async present() {
      try {
        return { ok: true, value: await gather() };
      } catch (error) {
        return { ok: false, why: `no credentials for the API server: ${reasonOf(error)}` };
      }
    },
    forget() {
      files.clear();
      return bearer.forget();
    },
  };
}

function impersonation({ impersonate }: ServerAccess): Record<string, string | string[]> {
  if (impersonate === undefined) return {};
  const user = { 'impersonate-user': impersonate.user };
  return impersonate.groups.length === 0 ? user : { ...user, 'impersonate-group': [...impersonate.groups] };
}

function createFileCache(now: () => number): { read(path: string): Promise<string>; clear(): void } {
  const cache = new Map<string, { readonly content: string; readonly readAtMs: number }>();
  const stale = new Set<string>();
  return {
    async read(path) {
      const cached = cache.get(path);
      const fresh = cached !== undefined && !stale.has(path) && now() - cached.readAtMs < fileMaxAgeMs;
      if (fresh) return cached.content;
      try {
        const content = (await readFile(path, 'utf8')).trim();
        cache.set(path, { content, readAtMs: now() });
        stale.delete(path);
        return content;
      } catch (error) {
        // The file is just being replaced: its last content may still be valid (client-go does the same).
        if (cached !== undefined) return cached.content;
        throw error;
      }
    },
    clear() {
      for (const path of cache.keys()) stale.add(path);
    },
  };
}

interface Proven {
  readonly headers: Readonly<Record<string, string>>;
  readonly cert?: string;
  readonly key?: string;
}

interface Bearer {
  get(): Promise<Proven>;
  forget(): boolean;
}

function createBearer(proof: Proof, read: (path: string) => Promise<string>): Bearer {
  const constant = (headers: Record<string, string>): Bearer => ({
    get: async () => ({ headers }),
    forget: () => false,
  });
  switch (proof.kind) {
    case 'anonymous':
      return constant({});
    case 'token':
      return constant({ authorization: `Bearer ${proof.token.reveal()}` });
    case 'basic': {
      const pair = Buffer.from(`${proof.username}:${proof.password.reveal()}`).toString('base64');
      return constant({ authorization: `Basic ${pair}` });
    }
    case 'token-file':
      return {
        get: async () => ({ headers: { authorization: `Bearer ${await read(proof.path)}` } }),
        forget: () => true,
      };
    case 'exec':
      return createPlugin(proof.user, loadExec, 'the credential plugin');
    case 'auth-provider':
      return createPlugin(proof.user, loadKubeConfig, 'the auth-provider');
    default:
      return proof satisfies never;
  }
}

/** The client package's logic for one user: fills in headers and certificate by running programs or asking servers. */
type Authenticate = (options: RequestOptions) => Promise<void>;

/** Imports only this file of the package: all of it takes 0.25 to 0.95 s and 75 MB, this file 2 ms. */
async function loadExec(user: User): Promise<Authenticate> {
  const { ExecAuth } = await import('@kubernetes/client-node/dist/exec_auth.js');
  const auth = new ExecAuth();
  return (options) => auth.applyAuthentication(user, options);
}

async function loadKubeConfig(user: User): Promise<Authenticate> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'server', server: 'https://server.invalid', skipTLSVerify: true }, user);
  return (options) => config.applyToHTTPSOptions(options);
}

/** Runs the package's logic once at a time; it caches the credentials until `expirationTimestamp`. */
function createPlugin(user: User, load: (user: User) => Promise<Authenticate>, name: string): Bearer {
  let loaded: Promise<Authenticate> | undefined;
  let running: Promise<Proven> | undefined;
  const run = async (): Promise<Proven> => {
    const options: RequestOptions = { headers: {} };
    try {
      loaded ??= load(user);
      await (await loaded)(options);
    } catch (error) {
      loaded = undefined;
      throw new Error(`${name} failed: ${complaint(error)}`, { cause: error });
    }
    return provenBy(options);
  };
  return {
    get() {
      running ??= run().finally(() => {
        running = undefined;
      });
      return running;
    },
    forget() {
      loaded = undefined;
      return true;
    },
  };
}

function provenBy({ headers, cert, key }: RequestOptions): Proven {
  const authorization = new Map(Object.entries(headers ?? {})).get('Authorization');
  return {
    headers: typeof authorization === 'string' ? { authorization } : {},
    ...(typeof cert === 'string' && typeof key === 'string' ? { cert, key } : {}),
  };
}

/**
 * First line of a plugin's error output, which may repeat its arguments or its input. A parser's message would quote
 * its output, which is a credential.
 */
function complaint(error: unknown): string {
  if (error instanceof SyntaxError || error instanceof TypeError) return 'it printed no ExecCredential';
  const [line = ''] = reasonOf(error).trim().split('\n');
  return line === '' ? 'it failed without an error message' : redact(line).slice(0, 200);
}
