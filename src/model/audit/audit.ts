import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isWorkload, type Subject, subjectKey } from '../subject/subject.ts';
import { canonicalJson } from '../values/canonical.ts';
import { openEnum } from '../values/open-enum.ts';

/** What happened. */
export const AuditAction = z.enum([
  'requested',
  'shown',
  'approved',
  'rejected',
  'refused',
  'granted',
  'expired',
  'superseded',
  'failed',
  'started',
  'executed',
  'verified',
  'undone',
  'break-glass',
  'reviewed',
]);
export type AuditAction = z.infer<typeof AuditAction>;

/** The team of changes that were made in a terminal; no Slack workspace has such an id. */
export const terminalTeam = 'terminal';

/** One thing that happened to a change, before it has a place in the chain. */
export const AuditEvent = z.object({
  version: z.literal(1),
  /** A later release may have kinds of events that are unknown here: they are shown by name. */
  action: openEnum(AuditAction),
  at: z.string(),
  /** The Slack team; `terminal` for `imagecheck fix`. */
  team: z.string(),
  cluster: z.string(),
  approval: z.string(),
  /** Slack user id, `worker:<id>`, or the person's name in the cluster (terminal). */
  actor: z.string(),
  channel: z.string().optional(),
  remedy: z.string().optional(),
  /** `NAMESPACE/deployment/web`, every workload that it concerns. */
  workloads: z.array(z.string()),
  /** Other subjects that it concerns: `registry:ghcr.io`, `NAMESPACE/secret/regcred`. */
  subjects: z.array(z.string()).optional(),
  digest: z.string().optional(),
  /** `refused`: the rule; `failed`: the reason; `approved`: the reason that was given; `verified`: the outcome. */
  detail: z.string().optional(),
  /** Old and new values of the changed fields only; never a secret. */
  before: z.string().optional(),
  after: z.string().optional(),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

/** What an event concerns, with workloads separate from everything else: the format that sinks have always received. */
export function concerned(subjects: readonly Subject[]): Pick<AuditEvent, 'workloads' | 'subjects'> {
  const others = subjects.filter((subject) => !isWorkload(subject)).map(subjectKey);
  return {
    workloads: subjects.filter((subject) => isWorkload(subject)).map(subjectKey),
    ...(others.length === 0 ? {} : { subjects: others }),
  };
}

/** The names of everything that an event concerns. */
export function namesIn({ workloads, subjects = [] }: Pick<AuditEvent, 'workloads' | 'subjects'>): readonly string[] {
  return [...workloads, ...subjects];
}

/** The hash covers every field of an event, so one that a later release added is kept. */
const ChainedEvent: z.ZodType<AuditEvent> = AuditEvent.loose();

/** An event in the chain: each record's hash covers the one before. */
export const AuditRecord = z.object({
  sequence: z.number().int().min(1),
  previous: z.string(),
  hash: z.string(),
  event: ChainedEvent,
});
export type AuditRecord = z.infer<typeof AuditRecord>;

/** `previous` of the first record. */
export const auditRoot = '0'.repeat(64);

/** The record that follows `head`. */
export function chained(event: AuditEvent, head: Pick<AuditRecord, 'sequence' | 'hash'> | undefined): AuditRecord {
  const sequence = (head?.sequence ?? 0) + 1;
  const previous = head?.hash ?? auditRoot;
  const hash = createHash('sha256').update(canonicalJson({ sequence, previous, event })).digest('hex');
  return { sequence, previous, hash, event };
}
