import { z } from 'zod';
import { WorkloadRef, workloadKinds } from '../workload/workload.ts';

/** Cluster ids name queues and keys, so their alphabet is narrow (docs/facts/redis.md#jobs). */
export const ClusterId = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'a cluster id is a DNS label: a-z, 0-9 and -');
export type ClusterId = z.infer<typeof ClusterId>;

const confined = z.boolean().optional();

/**
 * What is asked about. The worker looks up a missing kind or namespace; several matches lead to a question. `confined`:
 * the asker may ask about the named namespace only, so the answer contains no name of another one.
 */
export const Target = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('workload'),
    confined,
    kind: z.enum(workloadKinds).optional(),
    namespace: z.string().max(63).optional(),
    name: z.string().min(1).max(253),
  }),
  z.object({
    type: z.literal('image'),
    confined,
    reference: z.string().min(1).max(1024),
    /** Probe with the pull secrets of this service account. */
    as: z.object({ namespace: z.string().max(63), serviceAccount: z.string().max(253) }).optional(),
  }),
]);
export type Target = z.infer<typeof Target>;

/**
 * A question that a person asked, from the click to the answer. The record is authoritative, the job only a wake-up.
 */
export const Ask = z.object({
  version: z.literal(1),
  id: z.string(),
  team: z.string(),
  channel: z.string(),
  /** Set if it was asked inside a thread (mention): answers go there. */
  threadTs: z.string().optional(),
  /** The channel in which it was asked, if the answer goes elsewhere (`--dm`): its rules decide who may ask. */
  origin: z.string().optional(),
  user: z.string(),
  /** The command as typed, redacted. */
  text: z.string(),
  cluster: ClusterId,
  target: Target,
  askedAt: z.string(),
  /** This person had just asked others, which go first; so do everybody else’s. */
  further: z.literal(true).optional(),
});
export type Ask = z.infer<typeof Ask>;

const KnownAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('report'), reportId: z.string() }),
  z.object({ kind: z.literal('ambiguous'), candidates: z.array(WorkloadRef) }),
  z.object({
    kind: z.literal('absent'),
    /** False if it could not be read; then `message` says why. */
    certain: z.boolean().default(true),
    message: z.string(),
    near: z.array(WorkloadRef),
  }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);

const answerKinds: readonly string[] = KnownAnswer.options.map(({ shape }) => shape.kind.value);

/** An answer as it is stored, whose kind only a newer release knows. */
const StoredLater = z
  .looseObject({ kind: z.string().max(100) })
  .refine(({ kind }) => !answerKinds.includes(kind), 'a known kind with other fields');

/** How a question ended. `later`: in a way that only a newer worker knows, kept with all that it says. */
export const AskAnswer = z.union([
  KnownAnswer,
  z.codec(StoredLater, z.object({ kind: z.literal('later'), stored: StoredLater }), {
    decode: (stored) => ({ kind: 'later' as const, stored }),
    encode: ({ stored }) => stored,
  }),
]);
export type AskAnswer = z.infer<typeof AskAnswer>;

/** Two asks with the same key share one job: same team, cluster, target and scope. */
export function flightOf(ask: Pick<Ask, 'team' | 'cluster' | 'target'>): string {
  const { target } = ask;
  return [ask.team, ask.cluster, ...partsOf(target), ...(target.confined === true ? ['confined'] : [])]
    .map(encodeURIComponent)
    .join('/');
}

function partsOf(target: Target): readonly string[] {
  switch (target.type) {
    case 'workload':
      return ['workload', target.kind ?? '', target.namespace ?? '', target.name];
    case 'image':
      return ['image', target.reference, target.as?.namespace ?? '', target.as?.serviceAccount ?? ''];
    default:
      return target satisfies never;
  }
}

/** What people call a target: the name of a workload, the reference of an image. */
export function nameOfTarget(target: Target): string {
  switch (target.type) {
    case 'workload':
      return target.name;
    case 'image':
      return target.reference;
    default:
      return target satisfies never;
  }
}

/** The workload that a target names completely; undefined for an incomplete name and for everything else. */
export function workloadOfTarget(target: Target): WorkloadRef | undefined {
  switch (target.type) {
    case 'workload': {
      const { kind, namespace, name } = target;
      return kind === undefined || namespace === undefined ? undefined : { kind, namespace, name };
    }
    case 'image':
      return undefined;
    default:
      return target satisfies never;
  }
}

/** The namespace that a question is limited to: of an image the one whose pull secrets are used; undefined for none. */
export function namespaceOfTarget(target: Target): string | undefined {
  switch (target.type) {
    case 'workload':
      return target.namespace;
    case 'image':
      return target.as?.namespace;
    default:
      return target satisfies never;
  }
}

/** The Slack team of a flight. */
export function teamOfFlight(flight: string): string {
  return decodeURIComponent(flight.split('/', 1)[0] ?? '');
}
