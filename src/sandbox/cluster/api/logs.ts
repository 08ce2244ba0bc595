import type { ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type KubeObject, number, records, text } from '../objects/object.ts';
import { ApiError, badRequest } from '../objects/status.ts';
import type { Store } from '../store/store.ts';
import { typeOf } from '../write/admission.ts';
import type { ResourceRequest } from './request.ts';

/**
 * Proxies `pods/log` to the node's kubelet, as the API server does:
 * `https://<InternalIP>:<daemonEndpoints.kubeletEndpoint.Port>/containerLogs/NS/POD/CONTAINER`
 * (docs/facts/kubernetes.md#logs).
 */
export function serveLog(
  store: Store,
  pod: KubeObject,
  { query }: ResourceRequest,
  response: ServerResponse,
): Promise<void> {
  const container = containerOf(pod, query.get('container') ?? '');
  const nodeName = text(pod, 'spec', 'nodeName');
  const node = nodeName === '' ? undefined : store.get(typeOf(store, 'nodes'), '', nodeName);
  if (node === undefined) return Promise.resolve(void response.writeHead(204).end());
  const address = records(node, 'status', 'addresses').find(({ type }) => type === 'InternalIP');
  const port = number(node, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port') ?? 0;
  const { namespace = '', name } = pod.metadata;
  const passed = new URLSearchParams([...query].filter(([key]) => key !== 'container'));
  const path = `/containerLogs/${namespace}/${name}/${container}${passed.size === 0 ? '' : `?${passed.toString()}`}`;
  return proxy({ host: text(address, 'address'), port, path }, response);
}

function containerOf(pod: KubeObject, wanted: string): string {
  const names = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((field) =>
    records(pod, 'spec', field).map((container) => ({ field, name: text(container, 'name') })),
  );
  const { name } = pod.metadata;
  if (wanted !== '') {
    if (names.some((known) => known.name === wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  }
  const chosen = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  const main = names.filter(({ field }) => field === 'containers').map((known) => known.name);
  if (chosen !== undefined && main.includes(chosen)) return chosen;
  const [only] = main;
  if (only !== undefined && names.length === 1) return only;
  const inits = names.filter(({ field }) => field === 'initContainers').map((known) => known.name);
  const others = inits.length === 0 ? '' : ` or one of the init containers: [${inits.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]${others}`);
}

function proxy(
  to: { readonly host: string; readonly port: number; readonly path: string },
  response: ServerResponse,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // The API server trusts the kubelet's self-signed certificate unless told otherwise.
    const outgoing = httpsRequest({ ...to, rejectUnauthorized: false, agent: false }, (incoming) => {
      const code = incoming.statusCode ?? 500;
      if (code === 200) {
        response.writeHead(200, { 'content-type': 'text/plain' });
        incoming.pipe(response);
        incoming.on('end', resolve);
        return;
      }
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => reject(refusal(code, Buffer.concat(chunks).toString('utf8').trim())));
    });
    outgoing.on('error', (error) => reject(dialError(to, error)));
    response.on('close', () => outgoing.destroy());
    outgoing.end();
  });
}

function refusal(code: number, message: string): ApiError {
  if (code === 400) return badRequest(message);
  const reason = code === 404 ? 'NotFound' : 'InternalError';
  return new ApiError(code, reason, message === '' ? `the kubelet answered ${code}` : message);
}

function dialError(
  { host, port, path }: { readonly host: string; readonly port: number; readonly path: string },
  error: Error,
): ApiError {
  return new ApiError(
    500,
    'InternalError',
    `Get "https://${host}:${port}${path}": dial tcp ${host}:${port}: ${error.message}`,
  );
}
