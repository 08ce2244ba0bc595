import { onTestFinished } from 'vitest';
import { type Api, createApi } from '../../src/kubernetes/connection/api.ts';
import { type ConnectionLimits, createConnection } from '../../src/kubernetes/connection/connection.ts';
import { createCredentials } from '../../src/kubernetes/connection/credentials.ts';
import type { ServerAccess } from '../../src/kubernetes/connection/server-access.ts';
import { createByteBudget } from '../../src/memory/byte-budget.ts';
import { Secret } from '../../src/model/values/secret.ts';

const usualLimits: ConnectionLimits = {
  maxConnections: 10,
  maxStreams: 32,
  connectTimeoutMs: 5_000,
  answerTimeoutMs: 10_000,
};

/** The product's requests to a server, without a reader above them; closed when the test ends. */
export function openApi(
  { url, token, caPem }: { readonly url: string; readonly token?: string; readonly caPem?: string },
  limits: Partial<ConnectionLimits> = {},
): Api {
  const access: ServerAccess = {
    server: url,
    skipTlsVerify: false,
    proof: token === undefined ? { kind: 'anonymous' } : { kind: 'token', token: new Secret(token) },
    ...(caPem === undefined ? {} : { ca: { kind: 'data', pem: new Secret(caPem) } }),
  };
  const credentials = createCredentials(access);
  const connection = createConnection(access, credentials, { ...usualLimits, ...limits }, undefined);
  const api = createApi(url, connection, credentials, createByteBudget());
  onTestFinished(() => api.close());
  return api;
}
