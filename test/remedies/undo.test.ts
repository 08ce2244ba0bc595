import { describe, expect, it } from 'vitest';
import type { Operation, TemplateEdit } from '../../src/model/change/operation.ts';
import { unknown } from '../../src/model/values/fact.ts';
import { remedyOf } from '../support/remedies.ts';
import { absent, aWorld, operationTexts, planned, planOf, type WorldStory } from '../support/remedy-world.ts';
import { aContainer, now } from '../support/snapshot.ts';

const id = 'ABCD1234';
const from = aContainer().image;
const old = 'ghcr.io/acme/web:old';
const target = { kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'uid' } as const;
const web = { type: 'main', name: 'web' } as const;
const image: TemplateEdit = { field: 'image', container: web, from, to: old };
const edit = (edits: TemplateEdit[], uid = 'uid'): Operation => ({
  type: 'edit-template',
  target: { ...target, uid },
  edits,
});
const back = (operations: readonly Operation[], patch: WorldStory = {}): WorldStory => ({
  undo: { approval: id, operations, expects: [{ container: web, image: old, digests: ['sha256:x'] }] },
  ...patch,
});

describe('operations', () => {
  it.each<[string, readonly Operation[], readonly string[]]>([
    ['an image', [edit([image])], [`edit image main/web ${from} → ${old}`]],
    [
      'pods that are there now',
      [edit([image]), { type: 'delete-pods', workload: target, createdBefore: '2020-01-01T00:00:00Z' }],
      [`edit image main/web ${from} → ${old}`, `delete pods before ${now}`],
    ],
    [
      'a Secret, by the approval that wrote it',
      [{ type: 'restore-pull-secret', namespace: 'shop', name: 's', approval: 'this' }],
      [`restore s of ${id}`],
    ],
  ])('%s', (_, operations, expected) => {
    const plan = planned('undo', { approval: id }, aWorld(back(operations)));
    expect(operationTexts(plan)).toEqual(expected);
    expect(plan.expects[0]?.digests).toEqual(['sha256:x']);
  });

  it('can be undone itself', () => {
    const { undo } = planned('undo', { approval: id }, aWorld(back([edit([image])])));
    expect(operationTexts(undo)).toEqual([`edit image main/web ${old} → ${from}`]);
  });

  it('says that a credential does not come back by itself', () => {
    const operations: Operation[] = [{ type: 'restore-pull-secret', namespace: 'shop', name: 's', approval: 'this' }];
    const { undo } = planned('undo', { approval: id }, aWorld(back(operations)));
    expect(undo.operations).toEqual([]);
    expect(undo.cannot.join()).toContain('add the pull secret again');
  });

  it.each<[string, WorldStory, string]>([
    ['is gone from its registry', absent(old), `${old} does not exist`],
    ['could not be asked for', { images: { [old]: unknown('connection refused') } }, 'Couldn’t check'],
  ])('warns where the image %s, and goes on', (_, story, warning) => {
    const operations = [edit([image])];
    const world = aWorld(back(operations, story));
    expect(remedyOf('undo').needs({ approval: id }, world.snapshot, world.undo).images).toEqual([old]);
    expect(planned('undo', { approval: id }, world).warnings.join()).toContain(warning);
  });

  it('is as risky as the way it goes', () => {
    const elsewhere: TemplateEdit = { ...image, to: 'ghcr.io/other/web:1' };
    expect(planned('undo', { approval: id }, aWorld(back([edit([elsewhere])]))).risk).toBe('high');
    expect(planned('undo', { approval: id }, aWorld(back([edit([image])]))).risk).toBe('low');
  });

  const account = { kind: 'ServiceAccount', namespace: 'shop', name: 'default', uid: 'account' } as const;
  const attach: Operation = { type: 'edit-service-account', target: account, change: 'add', pullSecret: 'regcred' };
  const replace: Operation = { type: 'delete-pods', workload: target, createdBefore: now };
  it.each<[string, readonly Operation[]]>([
    ['attaches a pull secret again', [attach]],
    ['has pods replaced', [attach, replace]],
    ['sets an image back and has pods replaced', [edit([image]), replace]],
  ])('is a low risk where it %s', (_, operations) => {
    expect(planned('undo', { approval: id }, aWorld(back(operations))).risk).toBe('low');
  });
});

describe('refusals', () => {
  it.each<[string, WorldStory, string]>([
    ['no way back', {}, 'cannot be undone'],
    ['an empty way back', back([]), 'cannot be undone'],
    ['another approval', { undo: { approval: 'OTHER', operations: [edit([image])], expects: [] } }, 'undo of OTHER'],
    ['another object of that name', back([edit([image], 'older')]), 'recreated'],
    ['an image that someone set meanwhile', back([edit([{ ...image, from: 'x:1' }])]), 'was changed since then'],
    [
      'a container that is gone',
      back([edit([{ ...image, container: { type: 'main', name: 'api' } }])]),
      'image is gone',
    ],
    ['what is back already', back([edit([{ ...image, from: 'x:1', to: from }])]), 'back to what it was'],
  ])('%s', (_, story, why) => {
    expect(planOf('undo', { approval: id }, aWorld(story))).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining(why),
    });
  });
});
