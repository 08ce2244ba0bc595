import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/flows/change/decide/decide.ts';
import { isWhatWasAsked } from '../../../../src/flows/change/request/proven-asker.ts';
import type { Approval } from '../../../../src/model/approval/approval.ts';
import type { ChangeRequest } from '../../../../src/model/change/change.ts';
import { digestOfIntent } from '../../../../src/model/change/plan.ts';
import type { WorkloadRef } from '../../../../src/model/workload/workload.ts';
import { changeWorld, newImage, oldImage } from '../../../support/change-world.ts';

const at = '2026-11-20T15:00:00.000Z';
const web: WorkloadRef = { kind: 'Deployment', namespace: 'shop', name: 'web' };
const api = { ...web, name: 'api' };
const wish: ChangeRequest = { version: 1, cluster: 'dev-eu', remedy: 'set-image', targets: [], at };
const typed: ChangeRequest = {
  ...wish,
  typed: { target: { type: 'workload', name: 'web' }, params: { image: ':2' } },
};
const button: ChangeRequest = {
  ...wish,
  from: {
    reportId: 'r',
    finding: 0,
    proposals: [0],
    everywhere: true,
    subject: web,
    params: { image: ':2' },
    others: ['deployment/api'],
  },
};
const alone: ChangeRequest = { ...button, ...(button.from && { from: { ...button.from, everywhere: false } }) };
const form: ChangeRequest = {
  ...wish,
  targets: [
    { subject: web, params: { image: ':2' } },
    { subject: api, params: { image: ':3' } },
  ],
};
const undo: ChangeRequest = { ...wish, remedy: 'undo', undoes: 'AAAAAAAA' };
const repull: ChangeRequest = {
  ...wish,
  remedy: 'force-repull',
  typed: { target: { type: 'workload', kind: 'Deployment', namespace: 'shop', name: 'web' }, params: {} },
};
const back: ChangeRequest = { ...repull, remedy: 'roll-back' };

const on = (subject: WorkloadRef, params: ChangeRequest['targets'][number]['params']) => ({
  targets: [{ subject, params }],
});
const image = (text: string, container?: string) => ({
  images: [{ ...(container === undefined ? {} : { container }), image: text }],
});

const same: Readonly<Record<string, readonly [ChangeRequest, Partial<ChangeRequest>]>> = {
  'of today': [typed, { ...on(web, image(':2')), at: '2026-11-20T16:00:00.000Z' }],
  'with the workload of the name': [typed, on(web, image(':2', 'app'))],
  'with the containers of today': [repull, on(web, { containers: ['app', 'init'] })],
  'with what the plan left out': [form, { ...on(api, image(':3', 'app')), leftOut: ['deployment/web: why not'] }],
  'with the workload of the button': [alone, on(web, image(':2', 'app'))],
  'with those of the same problem': [
    button,
    { targets: [...on(web, image(':2', 'app')).targets, ...on(api, image(':7', 'app')).targets] },
  ],
  'an undo, with anything in it: it is resolved from what was signed': [undo, on(web, { approval: 'AAAAAAAA' })],
};

const other: Readonly<Record<string, readonly [ChangeRequest, Partial<ChangeRequest>]>> = {
  'the workloads of a report that is read once more': [alone, {}],
  'another remedy': [repull, { remedy: 'roll-back' }],
  'another cluster': [typed, { cluster: 'prod' }],
  'another change to undo': [undo, { undoes: 'BBBBBBBB' }],
  'another name': [typed, on(api, image(':2'))],
  'another namespace than typed': [repull, on({ ...web, namespace: 'other' }, {})],
  'another image': [typed, on(web, image(':3'))],
  'a pull policy beside the image': [typed, on(web, { images: [{ image: ':2', pullPolicy: 'Never' }] })],
  'two images': [typed, on(web, { images: [{ image: ':2' }, { image: ':3' }] })],
  'a revision': [back, on(web, { revision: 1 })],
  'parameters that are none': [typed, on(web, { what: 'ever' })],
  'a second workload beside a typed one': [
    typed,
    { targets: [...on(web, image(':2')).targets, ...on(api, {}).targets] },
  ],
  'another container than typed': [
    { ...typed, typed: { target: { type: 'workload', name: 'web' }, params: { image: ':2', container: 'app' } } },
    on(web, image(':2', 'sidecar')),
  ],
  'another name in the typed text': [typed, { typed: { target: { type: 'workload', name: 'api' }, params: {} } }],
  'an image that is not the one of the form': [form, on(web, image(':3'))],
  'a workload that is not in the form': [form, on({ ...web, name: 'db' }, image(':2'))],
  'another image than the button': [alone, on(web, image(':3'))],
  'another workload than the button': [alone, on(api, image(':2'))],
  'another namespace than the button': [button, on({ ...web, namespace: 'other' }, image(':2'))],
  'others that the button did not mean': [
    alone,
    { targets: [...on(web, image(':2')).targets, ...on(api, image(':2')).targets] },
  ],
  'a workload that the finding did not name': [button, on({ ...web, name: 'db' }, image(':2'))],
  'another report': [button, { ...(button.from && { from: { ...button.from, reportId: 's' } }) }],
  'names of the whole cluster': [{ ...typed, confined: true }, { confined: undefined }],
};

describe('isWhatWasAsked', () => {
  it.each(Object.entries(same))('%s', (_, [asked, part]) => {
    expect(isWhatWasAsked(asked, { ...asked, ...part })).toBe(true);
  });
  it.each(Object.entries(other))('not %s', (_, [asked, part]) => {
    expect(isWhatWasAsked(asked, { ...asked, ...part })).toBe(false);
  });
});

describe('a change of someone else in an old request', () => {
  /** What UBEN wants, in what UANA asked for once. */
  const revived = ({ asked, ...old }: Approval, own: Approval, over: Partial<Approval> = {}): Approval => {
    const { plan, digest, expiresAt, request } = own;
    return {
      ...old,
      ...(asked && { asked }),
      state: 'pending',
      plan,
      digest,
      expiresAt,
      request,
      ...over,
    };
  };

  /** The steps of one plan below the parameters of another. */
  const withParamsOf = ({ request }: Approval, own: Approval): Approval => {
    const targets = own.plan?.intent.targets.map((target, index) => ({
      ...target,
      params: request.targets[index]?.params ?? {},
    }));
    return own.plan === undefined
      ? own
      : withPlan(own, { ...own.plan, intent: { ...own.plan.intent, targets: targets ?? [] } });
  };
  const withPlan = (own: Approval, plan: NonNullable<Approval['plan']>): Approval => ({
    ...own,
    plan,
    digest: digestOfIntent(plan.intent),
  });

  async function world() {
    const made = changeWorld();
    const old = await made.pending();
    const targets = old.request.targets.map((target) => ({ ...target, params: { image: 'ghcr.io/acme/web:evil' } }));
    const own = await made.pending({ id: 'BENSREQ1', requester: 'UBEN', request: { ...old.request, targets } });
    expect(digestOfIntent(own.plan?.intent ?? old.plan?.intent ?? fail())).not.toBe(old.digest);
    return { made, old, own };
  }

  it('cannot be approved by who wants it', async () => {
    const { made, old, own } = await world();
    const forged = revived(old, own);
    made.records.forge(forged);
    const decision = await decide(made.click(forged), made.bot());
    expect(decision).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('No bot has signed a request'),
    });
  });

  it('cannot be approved beside the request of before either', async () => {
    const { made, old, own } = await world();
    const forged = revived(old, own, { request: old.request });
    made.records.forge(forged);
    expect(await decide(made.click(forged), made.bot())).toMatchObject({ kind: 'refused' });
  });

  it('is not executed where the request was put in place for the click alone', async () => {
    const { made, old, own } = await world();
    const forged = revived(old, withParamsOf(old, own), { request: old.request });
    made.records.forge(forged);
    const decision = await decide(made.click(forged), made.bot());
    if (decision.kind !== 'granted') throw new Error(`not granted: ${JSON.stringify(decision)}`);
    made.records.forge({ ...decision.approval, request: own.request });
    await made.settle();
    expect(made.stored(old.id)).toMatchObject({
      state: 'failed',
      outcome: expect.stringContaining('no bot has signed'),
    });
    expect(made.attempts).toEqual([]);
  });

  it('is not there for ever', async () => {
    const made = changeWorld();
    const old = await made.pending();
    made.pass(49 * 60 * 60_000);
    const late = { ...old, expiresAt: new Date(made.now().getTime() + 60_000).toISOString() };
    made.records.forge(late);
    expect(await decide(made.click(late), made.bot())).toMatchObject({ kind: 'refused', remedy: 'Ask for it again.' });
  });
});

function fail(): never {
  throw new Error('there is no plan');
}

describe('a request that was executed', () => {
  it('is not gone on with by another plan under its id', async () => {
    const made = changeWorld(['web', 'api']);
    const done = await made.approved({ id: 'ANASREQ1' });
    await made.run(made.jobOf(done, 'execute'), made.worker());
    const api = made.things.get('api');
    if (api === undefined || done.plan === undefined) throw new Error('there is no api');
    // As it is once the Event of the change is gone and someone has set the object back with its annotations.
    Object.assign(api, { image: oldImage, annotations: {} });
    made.events.clear();
    const { grant: _, ...old } = made.stored('ANASREQ1');
    const [first, ...others] = done.plan.intent.targets;
    const evil = JSON.parse(JSON.stringify(others.map(({ operations }) => operations)).replaceAll(newImage, 'evil:1'));
    const targets = [first, ...others.map((other, index) => ({ ...other, operations: evil[index] }))];
    const plan = { ...done.plan, intent: { ...done.plan.intent, targets } } as NonNullable<Approval['plan']>;
    const expiresAt = new Date(made.now().getTime() + 60_000).toISOString();
    const digest = digestOfIntent(plan.intent);
    const forged: Approval = { ...old, state: 'pending', plan, digest, expiresAt, votes: [], results: [] };
    made.records.forge(forged);
    const again = await made.granted('ANASREQ1');
    await made.run(made.jobOf(again, 'execute'), made.worker());
    expect(api.image).toBe(oldImage);
  });

  it('is no reason to do more by its id than was planned for it', async () => {
    const made = changeWorld(['web', 'api']);
    const at = made.now().toISOString();
    const [first] = (await made.pending({ id: 'BENSREQ1', requester: 'UBEN' })).request.targets;
    const both = made.stored('BENSREQ1');
    const targets = first === undefined ? [] : [first];
    const asked = { version: 1 as const, cluster: 'dev-eu', remedy: 'set-image' as const, targets, at };
    const done = await made.approved({ id: 'ANASREQ1', request: asked });
    await made.run(made.jobOf(done, 'execute'), made.worker());
    expect(made.things.get('web')?.image).toBe(newImage);
    const { grant: _, ...old } = made.stored('ANASREQ1');
    const { plan, digest, expiresAt } = both;
    const forged: Approval = { ...old, state: 'pending', plan, digest, expiresAt, votes: [], results: [] };
    made.records.forge(forged);
    const decision = await decide(made.click(forged), made.bot());
    if (decision.kind === 'granted') await made.run(made.jobOf(decision.approval, 'execute'), made.worker());
    expect(made.things.get('api')?.image).toBe(oldImage);
  });
});
