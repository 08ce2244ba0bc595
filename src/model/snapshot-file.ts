import { mapStrings } from './map-strings.ts';
import { redact } from './redact.ts';
import type { Snapshot } from './snapshot.ts';
import { SnapshotFile } from './snapshot-schema.ts';

const secretName = /pass(word|wd)?|secret|token|credential|private|api_?key|access_?key/i;

/** The snapshot as JSON, without what its owner would not want to mail: secret-looking values and tokens. */
export function writeSnapshot(snapshot: Snapshot): string {
  const hide = <E extends { readonly name: string; readonly value?: string }>(entry: E): E =>
    entry.value !== undefined && secretName.test(entry.name) ? { ...entry, value: '[redacted]' } : entry;
  const containers = <C extends { readonly env: Snapshot['workload']['template']['containers'][number]['env'] }>(
    list: readonly C[],
  ) => list.map((entry) => ({ ...entry, env: entry.env.map(hide) }));
  const { neighbours, environment } = snapshot;
  const templateHidden = { ...snapshot.template, containers: containers(snapshot.template.containers) };
  const hidden: Snapshot = {
    ...snapshot,
    template: templateHidden,
    workload: { ...snapshot.workload, template: templateHidden },
    environment: Object.fromEntries(Object.entries(environment).map(([name, entries]) => [name, entries.map(hide)])),
    neighbours: neighbours.known
      ? {
          known: true,
          value: neighbours.value.map(({ ref, containers: list }) => ({ ref, containers: containers(list) })),
        }
      : neighbours,
  };
  return `${JSON.stringify({ snapshotVersion: 1, snapshot: mapStrings(hidden, redact) }, undefined, 2)}\n`;
}

/** Reads what `writeSnapshot` wrote; a text that is none comes back as the reason. */
export function readSnapshot(
  text: string,
): { readonly ok: true; readonly snapshot: Snapshot } | { readonly ok: false; readonly reason: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, reason: `it is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const parsed = SnapshotFile.safeParse(json);
  if (parsed.success) return { ok: true, snapshot: parsed.data.snapshot };
  const [issue] = parsed.error.issues;
  return { ok: false, reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a snapshot'}` };
}
