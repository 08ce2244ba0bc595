import { z } from 'zod';
import type { Workload } from '../model/workload.ts';
import type { ManagedMetadata } from './objects.ts';

/** One level of `fieldsV1`: `f:spec` -> …, `k:{"name":"app"}` -> … */
const Fields = z.record(z.string(), z.unknown());

/**
 * Who wrote which part of the object last, newest first, and whether that includes a container's image.
 * Writers of subresources (status, scale) say nothing about the template and are left out.
 */
export function managersOf(managedFields: ManagedMetadata['managedFields']): Workload['managers'] {
  return (managedFields ?? [])
    .filter(({ subresource, manager }) => (subresource ?? '') === '' && manager != null && manager !== '')
    .map(({ manager, time, fieldsV1 }) => ({
      name: manager ?? '',
      ...(time == null ? {} : { at: time }),
      ownsImages: ownsImages(fieldsV1),
    }))
    .sort((left, right) => (right.at ?? '').localeCompare(left.at ?? ''));
}

/** Below these the path to a container is the same for pods, templates and job templates. */
const steps = ['f:spec', 'f:jobTemplate', 'f:template'];
/** A CronJob's containers: spec, jobTemplate, spec, template, spec. */
const maxDepth = 5;

function ownsImages(fields: unknown, depth = 0): boolean {
  const level = Fields.safeParse(fields).data ?? {};
  const here = ['f:containers', 'f:initContainers', 'f:ephemeralContainers'].some((list) =>
    Object.values(Fields.safeParse(level[list]).data ?? {}).some(
      (container) => 'f:image' in (Fields.safeParse(container).data ?? {}),
    ),
  );
  return here || (depth < maxDepth && steps.some((step) => step in level && ownsImages(level[step], depth + 1)));
}
