import type { ImageConfig, RegistryAnswer } from '../model/image/outcome.ts';
import { type Authorizer, probeFailure } from './authorize.ts';
import type { ContentStore } from './content.ts';
import { digestLike, isVerifiableDigest } from './digest.ts';
import { contentFailure } from './errors.ts';
import { largestBody } from './heap-limits.ts';
import { parseJson, readImageConfig } from './schema.ts';
import { apiUrl, type Caller } from './site.ts';

const maxConfigBytes = largestBody(4_194_304);

export interface BlobsOptions {
  readonly authorizer: Authorizer;
  readonly content: ContentStore;
  readonly now: () => Date;
}

/** Reads the config blob of an image, from the content cache if it was read before. */
export async function readConfigBlob(
  caller: Caller,
  digest: string,
  { authorizer, content, now }: BlobsOptions,
): Promise<RegistryAnswer<ImageConfig>> {
  const url = apiUrl(caller, `blobs/${digest}`);
  if (!isVerifiableDigest(digest)) {
    return { kind: 'bad-content', message: 'the config has a digest that cannot be verified', url: url.origin };
  }
  const kept = await content.get(digest);
  const known = kept === undefined ? undefined : parseJson(Buffer.from(kept));
  const config = known === undefined ? undefined : readImageConfig(digest, known.json);
  if (config !== undefined) return { kind: 'ok', value: config };

  const accept = 'application/vnd.oci.image.config.v1+json, application/vnd.docker.container.image.v1+json, */*;q=0.1';
  const answer = await authorizer.ask({
    ...caller,
    method: 'GET',
    url,
    accept,
    maxBytes: maxConfigBytes,
    purpose: 'pull',
  });
  if (answer.kind !== 'answered') return answer;
  const { received, secrets } = answer;
  if (received.status !== 200) return probeFailure(answer, caller, 'blob', now());
  const actual = digestLike(digest, received.body);
  if (actual !== digest) return contentFailure(received, `the content has digest ${actual}, not ${digest}`, secrets);
  const parsed = parseJson(received.body);
  const value = parsed === undefined ? undefined : readImageConfig(digest, parsed.json);
  if (value === undefined) return contentFailure(received, 'the blob is not the config of an image', secrets);
  await content.put(digest, received.body.toString('utf8'));
  return { kind: 'ok', value };
}
