import { z } from 'zod';
import { Cause } from './cause.ts';

/** `fail` stops or falsifies the workload now; `warn` will; `unknown` means a fact is missing; `pass` may carry a note. */
export const Status = z.enum(['fail', 'warn', 'unknown', 'pass']);
export type Status = z.infer<typeof Status>;

/** How sure we are: `certain` only where the evidence admits no other cause. */
export const Confidence = z.enum(['certain', 'likely', 'possible']);
export type Confidence = z.infer<typeof Confidence>;

/** One thing that was seen. */
export const Evidence = z.object({
  source: z.enum(['spec', 'pod', 'event', 'secret', 'node', 'registry', 'log', 'environment']),
  /** What was looked at: `pod/web-7d9f`, `ghcr.io/acme/web:1.2`. */
  subject: z.string(),
  /** What was seen, in the words of whoever said it. */
  observed: z.string(),
  /** ISO 8601, when the thing itself has a time. */
  at: z.string().optional(),
});
export type Evidence = z.infer<typeof Evidence>;

/** A remedy worth trying, with its parameters. Plain data: it survives Redis and a week in a thread. */
export const Proposal = z.object({
  remedy: z.enum(['force-repull', 'set-image', 'set-pull-policy', 'roll-back', 'add-pull-secret']),
  params: z.record(z.string(), z.unknown()),
  summary: z.string(),
});
export type Proposal = z.infer<typeof Proposal>;

/** One step of a timeline, oldest first. */
export const Moment = z.object({ at: z.string(), what: z.string() });
export type Moment = z.infer<typeof Moment>;

/** A sentence or a runbook of the organisation, or both. */
export const Advice = z.object({ text: z.string().optional(), link: z.string().optional() });
export type Advice = z.infer<typeof Advice>;

/** What a check concluded. */
export const Finding = z.object({
  check: z.string(),
  cause: Cause,
  status: Status,
  confidence: Confidence,
  /** One line that names the problem and the place. */
  title: z.string(),
  containers: z.array(z.string()),
  images: z.array(z.string()),
  evidence: z.array(Evidence),
  /** The conclusion in a sentence: "So: restarting cannot help; the image must be set." */
  conclusion: z.string().optional(),
  timeline: z.array(Moment),
  /** What to do now, in a sentence or two. */
  next: z.string(),
  /** How to keep it from coming back. */
  prevent: z.object({ sentence: z.string(), snippet: z.string().optional() }).optional(),
  proposals: z.array(Proposal),
  /** Findings of other checks that this one explains, a line each: "Follows from it: …". */
  consequences: z.array(z.string()),
  /** Other workloads with the same problem: `deployment/dask-scheduler`. */
  alsoAffects: z.array(z.string()),
  /** What the organisation itself says about this cause: its sentences and runbooks (`messages` of the configuration). */
  advice: z.array(Advice).optional(),
});
export type Finding = z.infer<typeof Finding>;
