import { describe, expect, it } from 'vitest';
import { podsInTheWay } from '../../../src/kubernetes/write/delete-pods.ts';
import type { Pod } from '../../../src/model/snapshot/snapshot.ts';
import { aContainer, aPod, aState, now } from '../../support/snapshot.ts';

function pod(name: string, ready: boolean, patch: Partial<Pod> = {}): Pod {
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  return aPod([aState(aContainer())], { name, revision: 'db-old', conditions, ...patch });
}

const rollout = { revision: 'db-new', partition: 0 };

describe('podsInTheWay', () => {
  it.each<[string, readonly Pod[], readonly string[]]>([
    ['a pod that is not Ready', [pod('db-0', true), pod('db-1', false)], ['db-1']],
    ['several', [pod('db-0', false), pod('db-1', false)], ['db-0', 'db-1']],
    ['none of the new template', [pod('db-0', false, { revision: 'db-new' })], []],
    ['none that goes already', [pod('db-0', false, { deletedAt: now })], []],
    ['none that is Ready', [pod('db-0', true)], []],
  ])('%s', (_, pods, expected) => {
    expect(podsInTheWay(pods, rollout, { dryRun: false }).map(({ name }) => name)).toEqual(expected);
  });

  it('leaves pods below the partition, which would come back as they were', () => {
    const pods = [pod('db-0', false), pod('db-1', false)];
    const left = podsInTheWay(pods, { ...rollout, partition: 1 }, { dryRun: false });
    expect(left.map(({ name }) => name)).toEqual(['db-1']);
  });

  it('counts pods of the present template in a dry run, which does not change it', () => {
    const pods = [pod('db-0', false, { revision: 'db-new' })];
    expect(podsInTheWay(pods, rollout, { dryRun: true })).toHaveLength(1);
  });
});
