import { z } from 'zod';
import type { Workload } from '../../model/workload/workload.ts';
import type { ManagedMetadata } from './objects.ts';

/** One level of `fieldsV1`: `f:spec` -> …, `k:{"name":"app"}` -> … */
const Fields = z.record(z.string(), z.unknown());

/**
 * Who wrote which part of the object last, newest first, and which template fields that includes. Writers of
 * subresources (status, scale) do not concern the template and are left out.
 */
export function managersOf(managedFields: ManagedMetadata['managedFields']): Workload['managers'] {
  return (managedFields ?? [])
    .filter(({ subresource, manager }) => (subresource ?? '') === '' && manager != null && manager !== '')
    .map(({ manager, time, fieldsV1 }) => ({
      name: manager ?? '',
      ...(time == null ? {} : { at: time }),
      ...ownership(fieldsV1),
    }))
    .sort((left, right) => (right.at ?? '').localeCompare(left.at ?? ''));
}

/** From here on the path to a container is the same for pods, templates and job templates. */
const steps = ['f:spec', 'f:jobTemplate', 'f:template'];
/** A CronJob's containers: spec, jobTemplate, spec, template, spec. */
const maxDepth = 5;

/** `image web`, `imagePullPolicy web`, `imagePullSecrets`: the same names that model/git-owner.ts uses for edits. */
function ownership(fieldsV1: unknown): Pick<Workload['managers'][number], 'ownsImages' | 'owns'> {
  const fields = Fields.safeParse(fieldsV1);
  const owns = fields.success ? [...new Set(templateFields(fields.data))] : [];
  const ownsImages = owns.some((field) => field.startsWith('image '));
  return fields.success ? { ownsImages, owns } : { ownsImages };
}

function templateFields(fields: unknown, depth = 0): readonly string[] {
  const level = Fields.safeParse(fields).data ?? {};
  const here = ['f:containers', 'f:initContainers', 'f:ephemeralContainers'].flatMap((list) =>
    Object.entries(Fields.safeParse(level[list]).data ?? {}).flatMap(([key, container]) => {
      const written = Fields.safeParse(container).data ?? {};
      return ['image', 'imagePullPolicy'].flatMap((field) =>
        `f:${field}` in written ? [`${field} ${nameIn(key)}`] : [],
      );
    }),
  );
  const secrets = 'f:imagePullSecrets' in level ? ['imagePullSecrets'] : [];
  const below = depth < maxDepth ? steps.flatMap((step) => templateFields(level[step], depth + 1)) : [];
  return [...here, ...secrets, ...below];
}

/** The name in `k:{"name":"web"}`, the key of a list's item. */
function nameIn(key: string): string {
  return /^k:\{"name":"([a-z0-9-]+)"\}$/.exec(key)?.[1] ?? '';
}
