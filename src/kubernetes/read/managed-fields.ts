import type { Workload } from '../../model/workload/workload.ts';
import type { ManagedMetadata } from './objects.ts';

/** One level of `fieldsV1`: `f:spec` -> …, `k:{"name":"app"}` -> … */
type Fields = Readonly<Record<string, unknown>>;

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
  if (!isFields(fieldsV1)) return { ownsImages: false };
  const owns = [...new Set(templateFields(fieldsV1))];
  return { ownsImages: owns.some((field) => field.startsWith('image ')), owns };
}

/** By hand: of every check's workload many levels are looked for, and a schema makes an error for each that is not there. */
function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function templateFields(level: unknown, depth = 0): readonly string[] {
  if (!isFields(level)) return [];
  const here = ['f:containers', 'f:initContainers', 'f:ephemeralContainers'].flatMap((list) =>
    Object.entries(isFields(level[list]) ? level[list] : {}).flatMap(([key, container]) =>
      ['image', 'imagePullPolicy'].flatMap((field) =>
        isFields(container) && `f:${field}` in container ? [`${field} ${nameIn(key)}`] : [],
      ),
    ),
  );
  const secrets = 'f:imagePullSecrets' in level ? ['imagePullSecrets'] : [];
  const below = depth < maxDepth ? steps.flatMap((step) => templateFields(level[step], depth + 1)) : [];
  return [...here, ...secrets, ...below];
}

/** The name in `k:{"name":"web"}`, the key of a list's item. */
function nameIn(key: string): string {
  return /^k:\{"name":"([a-z0-9-]+)"\}$/.exec(key)?.[1] ?? '';
}
