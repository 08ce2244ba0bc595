import type { Fields } from '../objects/object.ts';
import { apiVersionOf, type ResourceType } from '../objects/resource-types.ts';
import { reviewKinds } from './reviews.ts';

/** The response of `/version`; clients choose features by it. */
export const version = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.3',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.26.8',
  compiler: 'gc',
  platform: 'linux/amd64',
} as const;

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const subresources: Readonly<Record<string, readonly (readonly [name: string, kind: string, verb: string])[]>> = {
  Pod: [
    ['binding', 'Binding', 'create'],
    ['log', 'Pod', 'get'],
    ['eviction', 'Eviction', 'create'],
  ],
  ServiceAccount: [['token', 'TokenRequest', 'create']],
};

/** `/apis`: every group with its one version. */
export function groupList(types: readonly ResourceType[]): Fields {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(types).map(groupOf) };
}

/** `/apis/apps`. */
export function apiGroup(types: readonly ResourceType[], group: string): Fields | undefined {
  const found = groupsOf(types).find((known) => known.group === group);
  return found === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(found) };
}

/** `/api/v1`, `/apis/apps/v1`; undefined for an unknown version. */
export function resourceList(types: readonly ResourceType[], group: string, wanted: string): Fields | undefined {
  const mine = types.filter((type) => type.group === group && type.version === wanted);
  const reviews = wanted === 'v1' ? reviewKinds.filter((review) => review.group === group) : [];
  if (mine.length + reviews.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? wanted : `${group}/${wanted}`,
    resources: [
      ...mine.flatMap(resourcesOf),
      ...reviews.map(({ plural, kind }) => ({
        name: plural,
        singularName: kind.toLowerCase(),
        namespaced: false,
        kind,
        verbs: ['create'],
      })),
    ],
  };
}

function groupsOf(types: readonly ResourceType[]): readonly { readonly group: string; readonly version: string }[] {
  const known = new Map<string, string>();
  for (const { group, version } of types) if (group !== '') known.set(group, version);
  for (const { group } of reviewKinds) known.set(group, 'v1');
  return [...known].map(([group, version]) => ({ group, version }));
}

function groupOf({ group, version }: { readonly group: string; readonly version: string }): Fields {
  const named = { groupVersion: `${group}/${version}`, version };
  return { name: group, versions: [named], preferredVersion: named };
}

function resourcesOf(type: ResourceType): readonly Fields[] {
  const { plural, singular, namespaced, kind, shortNames, categories, hasStatus } = type;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: allVerbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
  const status = { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] };
  const others = (subresources[kind] ?? []).map(([name, subKind, verb]) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    kind: subKind,
    verbs: [verb],
  }));
  return [main, ...(hasStatus ? [status] : []), ...others];
}

/** `/openapi/v3`: the location of each group version's document. */
export function openApiIndex(types: readonly ResourceType[]): Fields {
  const versions = [...new Set(types.map(apiVersionOf))];
  const paths = versions.map((name) => {
    const place = name.includes('/') ? `apis/${name}` : `api/${name}`;
    return [place, { serverRelativeURL: `/openapi/v3/${place}?hash=1` }];
  });
  return { paths: Object.fromEntries(paths) };
}

/**
 * `/openapi/v3/apis/apps/v1`: the kinds, and that they accept `fieldValidation`, so that kubectl leaves validation to
 * the server; the schemas themselves describe no fields.
 */
export function openApiDocument(types: readonly ResourceType[], group: string, wanted: string): Fields | undefined {
  const mine = types.filter((type) => type.group === group && type.version === wanted);
  if (mine.length === 0) return undefined;
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  }));
  const paths = mine.map(({ plural, namespaced, kind }) => {
    const root = group === '' ? `/api/${wanted}` : `/apis/${group}/${wanted}`;
    const path = `${root}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}/{name}`;
    const patch = {
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group, version: wanted, kind },
      parameters,
    };
    return [path, { patch }];
  });
  const schemas = mine.map(({ kind }) => [
    `io.k8s.api.${group === '' ? 'core' : group}.${wanted}.${kind}`,
    { type: 'object', 'x-kubernetes-group-version-kind': [{ group, version: wanted, kind }] },
  ]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: version.gitVersion },
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

/** `/openapi/v2`, for clients that do not support v3. */
export const openApiV2 = {
  swagger: '2.0',
  info: { title: 'Kubernetes', version: version.gitVersion },
  paths: {},
  definitions: {},
} as const;
