import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { z } from 'zod';

/** A runtime as the kubelet talks to it. */
export interface Cri {
  /** `1.6.20~ds1`, `2.4.2+unknown`. Throws while the runtime does not answer. */
  readonly version: () => Promise<string>;
  readonly pull: (image: string, login?: Login) => Promise<Pulled>;
  readonly close: () => void;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What `PullImage` gave: the image's id, or a gRPC status. */
export type Pulled =
  | { readonly ok: true; readonly imageRef: string }
  | { readonly ok: false; readonly code: string; readonly message: string };

const slowestPullMs = 90_000;

type Call = (request: object, options: grpc.CallOptions, done: (error: unknown, reply: unknown) => void) => void;

/** Connects to the socket of a runtime. */
export function connectCri(socket: string): Cri {
  const loaded = grpc.loadPackageDefinition(loadSync(join(import.meta.dirname, 'cri.proto'), { keepCase: true }));
  const client = (name: 'RuntimeService' | 'ImageService') => {
    const Service = serviceOf(loaded, name);
    return new Service(`unix:${socket}`, grpc.credentials.createInsecure());
  };
  const runtime = client('RuntimeService');
  const images = client('ImageService');
  return {
    version: async () => {
      const reply = await send(runtime, 'Version', { version: 'v1' }, 2_000);
      return z.object({ runtime_version: z.string() }).parse(reply).runtime_version;
    },
    pull: async (image, login) => {
      try {
        const reply = await send(images, 'PullImage', { image: { image }, auth: login }, slowestPullMs);
        return { ok: true, imageRef: z.object({ image_ref: z.string() }).parse(reply).image_ref };
      } catch (error) {
        const { code, details } = z.object({ code: z.number(), details: z.string() }).parse(error);
        return { ok: false, code: goCodes[code] ?? String(code), message: details };
      }
    },
    close: () => {
      runtime.close();
      images.close();
    },
  };
}

function serviceOf(loaded: grpc.GrpcObject, name: string): grpc.ServiceClientConstructor {
  const version = (loaded['runtime'] as grpc.GrpcObject)['v1'] as grpc.GrpcObject;
  return version[name] as grpc.ServiceClientConstructor;
}

function send(client: grpc.Client, method: string, request: object, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = (client as unknown as Record<string, Call>)[method];
    const options = { deadline: Date.now() + timeoutMs };
    call?.bind(client)(request, options, (error, reply) => (error === null ? resolve(reply) : reject(error)));
  });
}

/** Codes by number as Go prints them, because the kubelet does. */
const goCodes: readonly string[] = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];
