import { z } from 'zod';
import { Cause } from '../finding/cause.ts';
import { config, manifest, outcome, platform } from '../image/outcome-schema.ts';
import { WorkloadRef } from '../workload/workload.ts';

const fact = <T extends z.ZodType>(value: T) =>
  z.discriminatedUnion('known', [
    z.object({ known: z.literal(true), value, incomplete: z.array(z.string()).exactOptional() }),
    z.object({ known: z.literal(false), why: z.string(), missingRight: z.string().exactOptional() }),
  ]);
const texts = z.record(z.string(), z.string());
const containerType = z.enum(['init', 'main', 'ephemeral']);
const pullPolicy = z.enum(['Always', 'IfNotPresent', 'Never']);
const env = z.object({
  name: z.string(),
  value: z.string().exactOptional(),
  from: z.string(),
  key: z.string().exactOptional(),
});
const container = z.object({
  name: z.string(),
  type: containerType,
  image: z.string(),
  pullPolicy: pullPolicy.exactOptional(),
  env: z.array(env),
  envFrom: z.array(z.object({ source: z.string(), prefix: z.string() })),
  command: z.array(z.string()),
  args: z.array(z.string()),
});
const placement = z.object({
  nodeSelector: texts,
  affinityTerms: z.array(
    z.array(
      z.object({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']),
        values: z.array(z.string()),
        field: z.literal(true).exactOptional(),
      }),
    ),
  ),
  tolerations: z.array(
    z.object({
      key: z.string().exactOptional(),
      operator: z.enum(['Exists', 'Equal']).exactOptional(),
      value: z.string().exactOptional(),
      effect: z.string().exactOptional(),
    }),
  ),
});
const template = z.object({
  containers: z.array(container),
  serviceAccount: z.string(),
  pullSecretNames: z.array(z.string()),
  placement,
  labels: texts,
  restartedAt: z.string().exactOptional(),
});
const conditions = z.array(
  z.object({
    type: z.string(),
    status: z.string(),
    reason: z.string().exactOptional(),
    message: z.string().exactOptional(),
  }),
);
const workload = z.object({
  ref: WorkloadRef,
  uid: z.string(),
  template,
  selector: z.string(),
  desired: z.number().exactOptional(),
  ready: z.number(),
  updateStrategy: z.enum(['RollingUpdate', 'Recreate', 'OnDelete']).exactOptional(),
  paused: z.boolean(),
  conditions: conditions.exactOptional(),
  createdAt: z.string(),
  owners: z.array(z.object({ apiVersion: z.string(), kind: z.string(), name: z.string() })),
  ownersUnread: z.object({ why: z.string(), missingRight: z.string().exactOptional() }).exactOptional(),
  managers: z.array(
    z.object({
      name: z.string(),
      at: z.string().exactOptional(),
      ownsImages: z.boolean(),
      owns: z.array(z.string()).exactOptional(),
    }),
  ),
  annotations: texts,
  labels: texts.exactOptional(),
});
const termination = z.object({
  reason: z.string(),
  exitCode: z.number(),
  message: z.string(),
  finishedAt: z.string().exactOptional(),
});
const containerState = z.object({
  name: z.string(),
  type: containerType,
  image: z.string(),
  pullPolicy: pullPolicy.exactOptional(),
  imageId: z.string(),
  ready: z.boolean(),
  restartCount: z.number(),
  waiting: z.object({ reason: z.string(), message: z.string() }).exactOptional(),
  runningSince: z.string().exactOptional(),
  terminated: termination.exactOptional(),
  lastTerminated: termination.exactOptional(),
});
const pod = z.object({
  name: z.string(),
  uid: z.string(),
  phase: z.string(),
  createdAt: z.string(),
  deletedAt: z.string().exactOptional(),
  node: z.string().exactOptional(),
  revision: z.string().exactOptional(),
  serviceAccount: z.string(),
  pullSecretNames: z.array(z.string()),
  placement,
  containers: z.array(containerState),
  unschedulable: z.string().exactOptional(),
  statusReason: z.string().exactOptional(),
  statusMessage: z.string().exactOptional(),
  conditions,
});
const revision = z.object({
  name: z.string(),
  number: z.number(),
  createdAt: z.string(),
  images: texts,
  restartedAt: z.string().exactOptional(),
  replicas: z.number(),
  by: z.string().exactOptional(),
});
const event = z.object({
  object: z.object({ kind: z.string(), name: z.string(), uid: z.string().exactOptional() }),
  type: z.string(),
  reason: z.string(),
  message: z.string(),
  count: z.number(),
  firstAt: z.string().exactOptional(),
  lastAt: z.string().exactOptional(),
});
const pullSecret = z.object({
  name: z.string(),
  referencedBy: z.enum(['pod', 'serviceAccount']),
  content: fact(
    z.discriminatedUnion('state', [
      z.object({ state: z.literal('missing') }),
      z.object({ state: z.literal('unusable'), type: z.string(), problem: z.string() }),
      z.object({
        state: z.literal('usable'),
        type: z.string(),
        createdAt: z.string(),
        entries: z.array(z.object({ key: z.string(), username: z.string(), expiresAt: z.string().exactOptional() })),
      }),
    ]),
  ),
});
const node = z.object({
  name: z.string(),
  platform,
  labels: texts,
  taints: z.array(z.object({ key: z.string(), value: z.string().exactOptional(), effect: z.string() })),
  kubeletVersion: z.string(),
  runtime: z.string(),
  osImage: z.string(),
  ready: z.boolean(),
  diskPressure: z.boolean(),
  unschedulable: z.boolean(),
});
const imageRef = z.object({
  registry: z.string(),
  repository: z.string(),
  tag: z.string().exactOptional(),
  digest: z.string().exactOptional(),
});
const imageProbe = z.object({
  text: z.string(),
  containers: z.array(z.string()),
  image: fact(imageRef),
  provider: z.string(),
  attempts: z.array(
    z.object({
      as: z.enum(['workload', 'anonymous', 'bot']),
      secretName: z.string().exactOptional(),
      via: z.object({ kind: z.enum(['origin', 'mirror']), host: z.string() }),
      outcome,
    }),
  ),
  digest: fact(z.string()),
  manifest: fact(manifest),
  configs: fact(z.array(config)),
  tags: fact(z.array(z.string())),
  candidates: z.array(
    z.object({
      tag: z.string(),
      digest: z.string(),
      built: z.string().exactOptional(),
      pushedAt: z.string().exactOptional(),
      revision: z.string().exactOptional(),
    }),
  ),
  botHasCredential: z.boolean(),
  placeholder: z.string().exactOptional(),
});

/** A snapshot as `--save-snapshot` writes it and `--from-snapshot` reads it. */
export const SnapshotFile = z.object({
  snapshotVersion: z.literal(1),
  snapshot: z.object({
    takenAt: z.string(),
    cluster: z.string(),
    workload,
    template,
    revisions: fact(z.array(revision)),
    pods: fact(z.array(pod)),
    events: fact(z.array(event)),
    serviceAccount: fact(z.object({ name: z.string(), pullSecretNames: z.array(z.string()), annotations: texts })),
    pullSecrets: z.array(pullSecret),
    nodes: fact(z.array(node)),
    environment: z.record(z.string(), z.array(env)),
    logs: z.array(
      z.object({
        pod: z.string(),
        container: z.string(),
        lines: fact(z.array(z.object({ text: z.string(), at: z.string().exactOptional(), previous: z.boolean() }))),
      }),
    ),
    images: z.array(imageProbe),
    running: z.array(
      z.object({
        container: z.string(),
        digest: z.string(),
        pods: z.array(z.string()),
        manifest: fact(manifest),
        config: fact(config),
      }),
    ),
    neighbours: fact(
      z.array(
        z.object({
          ref: WorkloadRef,
          containers: z.array(container.pick({ name: true, type: true, image: true, env: true })),
          pullFailures: z.array(z.object({ image: z.string(), message: z.string() })).exactOptional(),
          runsNowhere: z.boolean().exactOptional(),
        }),
      ),
    ),
    knownRepositories: z.array(z.string()),
    notSeen: z.array(z.string()),
    asked: z.object({ reference: z.string(), as: z.string().exactOptional() }).exactOptional(),
    messages: z
      .array(
        z.object({
          cause: Cause,
          registry: z.string().exactOptional(),
          text: z.string().exactOptional(),
          link: z.string().exactOptional(),
        }),
      )
      .exactOptional(),
  }),
});
