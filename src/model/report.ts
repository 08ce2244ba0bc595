import { z } from 'zod';
import { Finding } from './finding.ts';
import { WorkloadRef } from './workload.ts';

/** `healthy`: nothing failed and nothing that could change that is unknown. */
export const ReportStatus = z.enum(['healthy', 'problems', 'unknown']);
export type ReportStatus = z.infer<typeof ReportStatus>;

/**
 * The answer to one question, as stored, posted and printed with `--json` (docs/report.schema.json).
 * Exactly one of `workload` and `image` is present.
 */
export const Report = z.object({
  schemaVersion: z.literal(1),
  cluster: z.string(),
  workload: WorkloadRef.optional(),
  /** `image REF [as NS/serviceaccount]`. */
  image: z.object({ reference: z.string(), as: z.string().optional() }).optional(),
  takenAt: z.string(),
  durationMs: z.number(),
  status: ReportStatus,
  /** fail, warn and unknown, root cause first. */
  findings: z.array(Finding),
  /** Remarks of checks that passed, such as "runs 1.2 on purpose while 1.3 exists". */
  notes: z.array(z.string()),
  pods: z.object({ desired: z.number().optional(), ready: z.number(), total: z.number() }).optional(),
  /** What could not be read, and which right is missing. */
  notSeen: z.array(z.string()),
  /** Owners above the workload, nearest first: `DaskCluster/main`. */
  owners: z.array(z.string()),
});
export type Report = z.infer<typeof Report>;
