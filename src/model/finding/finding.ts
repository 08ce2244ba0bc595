import { z } from 'zod';
import { laterName, openEnum } from '../values/open-enum.ts';
import { Cause } from './cause.ts';

/**
 * `fail` breaks the workload now or makes it run the wrong image; `warn` will; `unknown` means a fact is missing;
 * `pass` may carry a note.
 */
export const Status = z.enum(['fail', 'warn', 'unknown', 'pass']);
export type Status = z.infer<typeof Status>;

/** How sure we are: `certain` only where the evidence admits no other cause. */
export const Confidence = z.enum(['certain', 'likely', 'possible']);
export type Confidence = z.infer<typeof Confidence>;

/** One observation. */
export const Evidence = z.object({
  source: openEnum(z.enum(['spec', 'pod', 'event', 'secret', 'node', 'registry', 'log', 'environment'])),
  subject: z.string().describe('The object or image that was read, such as pod/web-7d9f or ghcr.io/acme/web:1.2.'),
  observed: z.string().describe('What was observed, in the words of its source. Untrusted text.'),
  at: z.string().optional().describe('ISO 8601, when the observation itself has a time.'),
});
export type Evidence = z.infer<typeof Evidence>;

/**
 * A remedy worth trying, with its parameters. Plain data, because it is stored in Redis and used up to a week later.
 */
export const Proposal = z.object({
  remedy: z.string().describe('Id of the remedy, such as set-image.'),
  params: z.record(z.string(), z.unknown()).describe('Parameters of the remedy; plain data.'),
  summary: z.string().describe('What it would do, in one line.'),
});
export type Proposal = z.infer<typeof Proposal>;

/** One step of a timeline, oldest first. */
export const Moment = z.object({ at: z.string(), what: z.string() });
export type Moment = z.infer<typeof Moment>;

/** The organisation's own sentence or runbook for a cause, or both. */
export const Advice = z.object({ text: z.string().optional(), link: z.string().optional() });
export type Advice = z.infer<typeof Advice>;

/** What a check concluded. */
export const Finding = z.object({
  check: z.string().describe('Id of the check that made this finding, such as stale-image.'),
  cause: openEnum(Cause).describe('What is wrong, as a code; use it to group and route alerts.'),
  status: openEnum(Status).describe(
    'fail: it breaks the workload now or makes it run the wrong image. warn: it will. unknown: a fact is missing.',
  ),
  confidence: openEnum(Confidence).describe('certain: the evidence admits no other cause.'),
  title: z.string().describe('One line that names the problem and the place.'),
  containers: z.array(z.string()),
  images: z.array(z.string()).describe('As the pods or the template write them.'),
  evidence: z.array(Evidence),
  conclusion: z.string().optional().describe('What follows from the evidence, in a sentence.'),
  timeline: z.array(Moment).describe('Oldest first.'),
  next: z.string().describe('What to do now, in a sentence or two.'),
  prevent: z.object({ sentence: z.string(), snippet: z.string().optional() }).optional().describe('How to prevent it.'),
  proposals: z.array(Proposal).describe('Remedies worth trying; nothing is done without approval.'),
  consequences: z.array(z.string()).describe('What other checks found that this finding explains, one line each.'),
  alsoAffects: z.array(z.string()).describe('Other workloads with the same problem, as KIND/NAME.'),
  alsoImages: z
    .array(
      z.object({
        workload: z.string(),
        container: z.string(),
        image: z.string(),
        near: z.array(z.string()).optional(),
      }),
    )
    .optional()
    .describe('The affected images of the workloads in alsoAffects, each with similar names.'),
  near: z
    .array(z.string())
    .optional()
    .describe(
      'Existing image names, without a tag, that resemble the missing one; best first. A hint, never a proposal.',
    ),
  advice: z
    .array(Advice)
    .optional()
    .describe('The organisation’s own message for this cause (messages in the configuration).'),
});
export type Finding = z.infer<typeof Finding>;

/** How sure it is, in words. */
export function confidenceName({ confidence }: Pick<Finding, 'confidence'>): string {
  return Confidence.safeParse(confidence).success ? confidence : laterName('a confidence', confidence);
}
