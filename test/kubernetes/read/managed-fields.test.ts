import { expect, it } from 'vitest';
import { managersOf } from '../../../src/kubernetes/read/managed-fields.ts';

const container = (...fields: readonly string[]) => Object.fromEntries(fields.map((field) => [`f:${field}`, {}]));
const podSpec = {
  'f:containers': {
    'k:{"name":"web"}': container('image', 'imagePullPolicy', 'name'),
    'k:{"name":"proxy"}': container('image'),
  },
  'f:initContainers': { 'k:{"name":"migrate"}': container('imagePullPolicy') },
  'f:imagePullSecrets': { '.': {}, 'k:{"name":"regcred"}': {} },
};
const owned = ['image web', 'imagePullPolicy web', 'image proxy', 'imagePullPolicy migrate', 'imagePullSecrets'];

it.each<[string, unknown, readonly string[] | undefined]>([
  ['a Deployment', { 'f:spec': { 'f:template': { 'f:spec': podSpec } } }, owned],
  ['a CronJob', { 'f:spec': { 'f:jobTemplate': { 'f:spec': { 'f:template': { 'f:spec': podSpec } } } } }, owned],
  ['a bare pod', { 'f:spec': podSpec }, owned],
  ['labels alone', { 'f:metadata': { 'f:labels': {} } }, []],
  ['a server that does not say', undefined, undefined],
])('the fields of a template that a manager wrote: %s', (_, fieldsV1, owns) => {
  expect(managersOf([{ manager: 'm', fieldsV1 }])).toEqual([
    { name: 'm', ownsImages: owns?.includes('image web') ?? false, ...(owns === undefined ? {} : { owns }) },
  ]);
});
