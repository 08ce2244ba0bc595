import { isDeepStrictEqual } from 'node:util';
import type { Operation } from '../../model/change/operation.ts';
import type { Applied, Applying, ClusterWriter, Mark } from '../../ports/changes.ts';
import type { ClusterSource } from '../read/read.ts';
import { AnyObject, guardedWrite, type WriteDecision } from './guarded-write.ts';
import { exchange, pointer, setEntries, test } from './json-patch.ts';
import { marksAfter, remembered } from './marks.ts';
import { objectDiff } from './object-diff.ts';

type ObjectEdit = Parameters<ClusterWriter['editObject']>[1];

interface Told {
  readonly before: string;
  readonly after: string;
}

/** Changes fields of any object except a Secret, each only while it has the approved value. */
export async function changeObject(
  source: ClusterSource,
  operation: Operation,
  edit: ObjectEdit,
  how: Applying,
): Promise<Applied> {
  const { resource, namespace, name } = edit;
  // A diff would show the content of a Secret; Secrets have their own writers.
  if (resource.group === '' && resource.plural === 'secrets') {
    return { kind: 'refused', message: `secret/${name} is not changed field by field` };
  }
  return await guardedWrite(
    source,
    {
      at: { resource, namespace, name },
      schema: AnyObject,
      decide: (object) => patchOfObject(object, operation, edit, how.mark, new Date()),
      told: (before, after, told: Told) => ({ diff: objectDiff(`${resource.plural}/${name}`, before, after), ...told }),
    },
    how,
  );
}

/** The patch that an edit needs for the object as it is now, or why there is none. Pure. */
export function patchOfObject(
  object: AnyObject,
  operation: Operation,
  { resource, name, uid, fields }: ObjectEdit,
  mark: Mark,
  now: Date,
): WriteDecision<Told> {
  const end = (applied: Applied): WriteDecision<Told> => ({ kind: 'end', applied });
  const { metadata } = object;
  const what = `${resource.plural}/${name}`;
  if (metadata.uid !== uid) return end({ kind: 'conflict', what: `${what} was deleted and recreated since` });
  const annotations = metadata.annotations ?? {};
  if (remembered(annotations, mark, operation) === 'done') return end({ kind: 'already', marked: true });
  const seen = fields.map((field) => ({ ...field, present: valueAt(object, field.path) }));
  const needed = seen.filter(({ present, to }) => !isDeepStrictEqual(present, to));
  if (needed.length === 0) return end({ kind: 'already', marked: false });
  const moved = needed.find(({ present, from }) => !isDeepStrictEqual(present, from));
  if (moved !== undefined) {
    return end({ kind: 'conflict', what: `${line(moved.path, moved.present)} of ${what}, not as it was approved` });
  }
  const patch = [
    test('/metadata/uid', uid),
    ...needed.flatMap(({ path, present, to }) => exchange(pointer(...path), present, to)),
    ...setEntries('/metadata/annotations', metadata.annotations, marksAfter(annotations, mark, operation, now)),
  ];
  const before = needed.map(({ path, from }) => line(path, from)).join('\n');
  return { kind: 'patch', patch, prepared: { before, after: needed.map(({ path, to }) => line(path, to)).join('\n') } };
}

function valueAt(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Readonly<Record<string, unknown>>)[key]
        : undefined,
    object,
  );
}

function line(path: readonly string[], value: unknown): string {
  return `${path.join('.')}: ${value === undefined ? '(not set)' : JSON.stringify(value)}`;
}
