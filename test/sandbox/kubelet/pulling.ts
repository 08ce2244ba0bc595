import { afterEach } from 'vitest';
import type { Login } from '../../../src/sandbox/kubelet/pull/authorizer.ts';
import { PullFailure } from '../../../src/sandbox/kubelet/pull/failure.ts';
import { createNetwork } from '../../../src/sandbox/kubelet/pull/http.ts';
import { type PullingNode, pullImage } from '../../../src/sandbox/kubelet/pull/pull.ts';

import { type Script, startScripted } from './registry.ts';

export const node: PullingNode = { os: 'linux', architecture: 'amd64', runtime: 'containerd://2.1.4', mirrors: [] };
export const local: PullingNode = { ...node, runtime: 'containerd://1.7.27' };
export const old: PullingNode = { ...node, runtime: 'containerd://1.6.20' };
export const image = 'reg.example.org/team/app:v1';
export const ours: Login = { username: 'ana', password: 'pw' };

const stops: (() => Promise<void>)[] = [];
/** Stops something after the test. */
export function stopLater(stop: () => Promise<void>): void {
  stops.push(stop);
}
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

export async function pull(
  script: Script,
  options: {
    readonly node?: PullingNode;
    readonly login?: Login;
    readonly image?: string;
    readonly mirror?: Script;
  } = {},
) {
  const registry = await startScripted(script);
  const mirror = options.mirror === undefined ? undefined : await startScripted(options.mirror);
  const registries = {
    'reg.example.org': registry.url,
    ...(mirror === undefined ? {} : { 'localhost:8578': mirror.url }),
  };
  const network = createNetwork(registries, 500);
  stops.push(registry.stop, network.close, ...(mirror === undefined ? [] : [mirror.stop]));
  const result = await pullImage(network, options.node ?? node, options.image ?? image, options.login).catch(
    (error: unknown) => {
      if (error instanceof PullFailure) return error;
      throw error;
    },
  );
  return { result, asked: registry.asked, mirrorAsked: mirror?.asked };
}

export const textOf = (result: unknown) =>
  result instanceof PullFailure ? result.message : `pulled ${JSON.stringify(result)}`;
export const errors = (code: string, message: string, detail?: unknown) =>
  JSON.stringify({ errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] });
export const unauthorized = (base: string, more = '') => ({
  status: 401,
  headers: { 'www-authenticate': `Bearer realm="${base}/token",service="reg"${more}` },
  body: errors('UNAUTHORIZED', 'authentication required'),
});
/** A registry with a token service that gives these responses. */
export const behindTokens =
  (token: Script, then: Script = () => ({ status: 404 })): Script =>
  (request, base) => {
    if (request.path.startsWith('/token')) return token(request, base);
    return request.authorization.startsWith('Bearer ')
      ? then(request, base)
      : unauthorized(base, ',scope="repository:team/app:pull"');
  };
export const given = () => ({ status: 200, body: '{"token":"t"}' });
export const query = 'scope=repository%3Ateam%2Fapp%3Apull&service=reg';
export const prefix = 'failed to pull and unpack image "reg.example.org/team/app:v1": failed to resolve image: ';
export const oldPrefix =
  'failed to pull and unpack image "reg.example.org/team/app:v1": failed to resolve reference "reg.example.org/team/app:v1": ';
export const manifest = 'https://reg.example.org/v2/team/app/manifests/v1';
