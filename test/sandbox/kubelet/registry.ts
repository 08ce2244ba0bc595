import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { sha256 } from '../../../src/sandbox/kubelet/pull/digest.ts';
import { close, listen } from '../../../src/sandbox/serving/listen.ts';

/** One response of a registry made for a test. */
export interface Scripted {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Responds to a request; undefined cuts the connection. */
export type Script = (
  request: { readonly method: string; readonly path: string; readonly authorization: string; readonly body: string },
  base: string,
) => Scripted | undefined;

/** A registry that gives exactly the responses a test needs, and records its requests. */
export async function startScripted(script: Script) {
  const asked: string[] = [];
  let base = '';
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = 'GET', url: path = '/', headers } = request;
    asked.push(`${method} ${path}`);
    const scripted = script(
      { method, path, authorization: headers.authorization ?? '', body: Buffer.concat(chunks).toString() },
      base,
    );
    if (scripted === undefined) {
      request.socket.destroy();
      return;
    }
    const body = Buffer.from(scripted.body ?? '');
    response.writeHead(scripted.status, { 'content-length': String(body.length), ...scripted.headers });
    response.end(method === 'HEAD' ? undefined : body);
  };
  const server = createServer((request, response) => void answer(request, response));
  base = await listen(server, 0);
  return { url: base, asked, stop: () => close(server) };
}

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

/** Content of an image for these platforms: a single manifest for one, an index for several. */
export function imageContent(architectures: readonly string[], asIndex = architectures.length > 1) {
  const blobs = new Map<string, { readonly type: string; readonly bytes: Buffer }>();
  const put = (type: string, bytes: Buffer) => {
    const digest = sha256(bytes);
    blobs.set(digest, { type, bytes });
    return { mediaType: type, digest, size: bytes.length };
  };
  const manifests = architectures.map((architecture) => {
    const config = put(
      types.config,
      Buffer.from(JSON.stringify({ os: 'linux', architecture, config: { Entrypoint: ['/bin/run'] } })),
    );
    const layers = [put(types.layer, Buffer.from(`layer ${architecture}`))];
    const manifest = put(
      types.manifest,
      Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: types.manifest, config, layers })),
    );
    return { ...manifest, config: config.digest, platform: { os: 'linux', architecture } };
  });
  const listed = manifests.map(({ mediaType, digest, size, platform }) => ({ mediaType, digest, size, platform }));
  const top = asIndex
    ? put(types.index, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests: listed })))
    : manifests[0]!;
  return { digest: top.digest, mediaType: top.mediaType, manifests, blobs };
}

/** A script that serves an image under a tag and by digest, after whatever `guard` says. */
export function serving(
  content: ReturnType<typeof imageContent>,
  tag: string,
  guard: Script = () => ({ status: 200 }),
): Script {
  return (request, base) => {
    const guarded = guard(request, base);
    if (guarded === undefined || guarded.status !== 200) return guarded;
    const reference = decodeURIComponent(/\/(?:manifests|blobs)\/([^?]+)/.exec(request.path)?.[1] ?? '');
    const digest = reference === tag ? content.digest : reference;
    const found = content.blobs.get(digest);
    if (found === undefined)
      return { status: 404, body: '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}' };
    return {
      status: 200,
      headers: {
        'content-type': found.type,
        'docker-content-digest': digest,
        'content-length': String(found.bytes.length),
      },
      body: found.bytes,
    };
  };
}
