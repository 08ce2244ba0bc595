import { z } from 'zod';
import { redactSnapshot } from './redact-snapshot.ts';
import { Snapshot } from './snapshot.ts';

/** A larger file isn't a snapshot: a snapshot of a thousand pods is about 2 MB. */
const longestFile = 256 * 1024 * 1024;

const SnapshotFile = z.object({ snapshotVersion: z.literal(1), snapshot: Snapshot });

/** The snapshot as JSON, redacted; the same snapshot always gives the same text. */
export function writeSnapshot(snapshot: Snapshot): string {
  return `${JSON.stringify({ snapshotVersion: 1, snapshot: redactSnapshot(snapshot) }, undefined, 2)}\n`;
}

/** Reads what `writeSnapshot` wrote; for any other text, returns the reason. Never throws. */
export function readSnapshot(
  text: string,
): { readonly ok: true; readonly snapshot: Snapshot } | { readonly ok: false; readonly reason: string } {
  if (text.length > longestFile) return { ok: false, reason: 'it is too large' };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'it is not JSON' };
  }
  const version: unknown = json !== null && typeof json === 'object' ? Reflect.get(json, 'snapshotVersion') : undefined;
  if (typeof version === 'number' && version !== 1) {
    return { ok: false, reason: `it has version ${version}, and this imagecheck reads version 1` };
  }
  const parsed = SnapshotFile.safeParse(json);
  if (parsed.success) return { ok: true, snapshot: parsed.data.snapshot };
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  return { ok: false, reason: `${place}${issue?.message ?? 'not a snapshot'}` };
}
