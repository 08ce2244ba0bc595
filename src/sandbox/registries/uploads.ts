import { randomUUID } from 'node:crypto';
import { digestOf } from './content.ts';
import { errorReply, type RegistryState, type Reply, type Wanted } from './personality.ts';
import { type Repository, repositoryOf } from './storage.ts';

/** Blob uploads in one chunk or several, cancelled, or mounted from another repository (distribution-spec, "Push"). */
export function upload(url: URL, body: Buffer, wanted: Wanted, state: RegistryState): Reply {
  const repository = repositoryOf(state.storage, wanted.repository);
  const digest = url.searchParams.get('digest');
  switch (wanted.method) {
    case 'POST':
      return digest === null ? begin(url, wanted, repository, state) : finish(digest, body, wanted, repository);
    case 'PATCH':
      return add(body, wanted, repository);
    case 'DELETE':
      repository.blobs.delete(wanted.reference);
      return { status: 204 };
    default:
      return finish(digest ?? '', body, wanted, repository);
  }
}

/** Mounts a blob that another repository has; otherwise starts an upload with its own URL. */
function begin(url: URL, wanted: Wanted, repository: Repository, { storage }: RegistryState): Reply {
  const digest = url.searchParams.get('mount') ?? '';
  const found = storage.repositories.get(url.searchParams.get('from') ?? '')?.blobs.get(digest);
  if (found === undefined)
    return { status: 202, headers: { location: `/v2/${wanted.repository}/blobs/uploads/${randomUUID()}` } };
  repository.blobs.set(digest, found);
  return created(wanted, digest);
}

function add(body: Buffer, { repository: name, reference }: Wanted, { blobs }: Repository): Reply {
  const bytes = Buffer.concat([blobs.get(reference)?.bytes ?? Buffer.alloc(0), body]);
  blobs.set(reference, { digest: '', mediaType: '', bytes });
  return { status: 202, headers: { location: `/v2/${name}/blobs/${reference}`, range: `0-${bytes.length - 1}` } };
}

function finish(digest: string, body: Buffer, wanted: Wanted, { blobs }: Repository): Reply {
  const bytes = Buffer.concat([blobs.get(wanted.reference)?.bytes ?? Buffer.alloc(0), body]);
  blobs.delete(wanted.reference);
  if (digestOf(bytes) !== digest)
    return errorReply(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
  blobs.set(digest, { digest, mediaType: 'application/octet-stream', bytes });
  return created(wanted, digest);
}

function created({ repository }: Wanted, digest: string): Reply {
  return {
    status: 201,
    headers: { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest },
  };
}
