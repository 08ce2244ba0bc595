import { describe, expect, it } from 'vitest';
import { controllerRevisionOf, type MadeRevision, replicaSetOf } from '../../../src/kubernetes/read/made-revision.ts';

const template = (image: string, labels: object = {}) => ({
  metadata: { labels: { app: 'web', ...labels } },
  spec: { containers: [{ name: 'app', image }] },
});
const made = (
  name: string,
  number: number,
  image: string,
  createdAt = `2026-11-01T10:00:0${number}Z`,
): MadeRevision => ({
  name,
  number,
  createdAt,
  template: template(image, { 'pod-template-hash': name }),
});
const one = made('one', 1, 'x:1');
const two = made('two', 2, 'x:2');

describe('the ReplicaSet of a Deployment', () => {
  it.each<[string, readonly MadeRevision[], Parameters<typeof replicaSetOf>[1], object]>([
    ['of its template', [one, two], { template: template('x:2'), number: '2', updated: 2 }, { revision: 'two' }],
    [
      'made, and the Deployment has the number of the one before',
      [one, two],
      { template: template('x:2'), number: '1', updated: 1 },
      { revision: 'two' },
    ],
    [
      'that comes back: it has its number, the Deployment not yet',
      [{ ...one, number: 3 }, two],
      { template: template('x:1'), number: '2', updated: 3 },
      { revision: 'one' },
    ],
    [
      'that comes back, numbered by a controller that had not seen the one between',
      [one, two],
      { template: template('x:1'), number: '1', updated: 4 },
      { revision: 'one' },
    ],
    [
      'that comes back while none of its pods is there',
      [one, two],
      { template: template('x:1'), number: '2', updated: 0 },
      { revision: 'one' },
    ],
    [
      'not made: observed by a controller that was busy with scaling, or paused',
      [one, two],
      { template: template('x:3'), number: '2', updated: 0 },
      { unmade: true },
    ],
    [
      'not made: there is none at all',
      [],
      { template: template('x:1'), number: undefined, updated: 0 },
      { unmade: true },
    ],
    [
      'twice, after a collision: the older one',
      [made('later', 2, 'x:1', '2026-11-01T11:00:00Z'), one],
      { template: template('x:1'), number: '2', updated: 1 },
      { revision: 'one' },
    ],
    [
      'whose template is written differently: by the number',
      [one, two],
      { template: template('x:9'), number: '1', updated: 2 },
      { revision: 'one' },
    ],
    [
      'whose template is written differently, and nobody has that number: the newest',
      [one, two],
      { template: undefined, number: '7', updated: 2 },
      { revision: 'two' },
    ],
  ])('%s', (_, all, told, expected) => {
    expect(replicaSetOf(all, told)).toEqual(expected);
  });
});

describe('the ControllerRevision of a DaemonSet', () => {
  it.each<[string, readonly MadeRevision[], ReturnType<typeof template> | undefined, object]>([
    ['of its template', [one, two], template('x:2'), { revision: 'two' }],
    ['that comes back, before it has its number', [one, two], template('x:1'), { revision: 'one' }],
    ['of the same number as another', [two, made('three', 2, 'x:3')], template('x:3'), { revision: 'three' }],
    ['twice: the newer one', [one, made('again', 4, 'x:1')], template('x:1'), { revision: 'again' }],
    ['whose template is written differently: the newest', [two, one], template('x:9'), { revision: 'two' }],
    ['not made at all', [], template('x:1'), {}],
  ])('%s', (_, all, present, expected) => {
    expect(controllerRevisionOf(all, present)).toEqual(expected);
  });
});
