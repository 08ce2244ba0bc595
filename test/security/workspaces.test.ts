import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config.ts';
import { type DecideClick, decide } from '../../src/flows/change/decide/decide.ts';
import { review } from '../../src/flows/change/decide/review.ts';
import type { Approval } from '../../src/model/approval/approval.ts';
import { Secret } from '../../src/model/values/secret.ts';
import { parse } from '../config/outside.ts';
import { type ChangeWorld, changeWorld, oldImage } from '../support/change-world.ts';
import { useSlackApp } from '../support/slack-app.ts';
import { team as home } from '../support/slack-fake.ts';

/** Another workspace of the same installation: with a group, a channel and a user that are called the same. */
const evil = 'T0EVIL';

/** YAML takes JSON. The rules name no workspace, and groups and channels as people write them. */
function configOf(teams: readonly string[] = [home, evil]): Config {
  const text = JSON.stringify({
    slack: { teams: teams.map((id) => ({ id, botTokenEnv: `TOKEN_${id}` })) },
    policy: {
      ask: [{ channels: ['#incidents'] }, { groups: ['@sre'] }, { users: ['U0BEN'] }],
      approve: [{ users: ['U0BEN'], groups: ['@sre'] }],
      breakGlass: [{ groups: ['sre'], remedies: ['set-image'], securityChannel: 'security' }],
    },
  });
  return parse(text, { role: 'worker' });
}

/** The rules of a release before rules had workspaces, or of a file that names none. */
const unbound = configOf([]);
const bound = configOf();

const sre: Partial<DecideClick> = { user: 'U0BEN', groups: ['sre', 'S0EVIL1'] };
const reason = 'production is down and nobody else is awake';

/** Nothing was done, whatever is queued. */
async function expectUntouched(world: ChangeWorld): Promise<void> {
  await world.settle(world.worker({ policy: bound.approve }));
  expect(world.attempts).toEqual([]);
  expect(world.things.get('web')?.image).toBe(oldImage);
}

describe('another workspace with a group, a channel and a user of the same name', () => {
  const t = useSlackApp();
  /** Two workspaces whose directories read the same. */
  const start = async (config: Config) => {
    t.slack.on('auth.test', (_, token) => ({ body: { team_id: token === 'xoxb-2' ? evil : home } }));
    t.slack.on('usergroups.list', (_, token) => ({
      body: { usergroups: [{ id: token === 'xoxb-2' ? 'S0EVIL1' : 'S0SRE11', handle: 'sre' }] },
    }));
    t.slack.on('usergroups.users.list', () => ({ body: { users: ['U0BEN'] } }));
    t.slack.on('users.info', ({ user }, token) => ({
      body: { user: { id: user, team_id: token === 'xoxb-2' ? evil : home } },
    }));
    t.slack.on('conversations.info', ({ channel }) => ({ body: { channel: { id: channel, name: 'incidents' } } }));
    await t.start({
      botTokens: [{ token: new Secret('xoxb-1') }, { token: new Secret('xoxb-2') }],
      rules: config.ask,
    });
  };
  const there = { team_id: evil, user_id: 'U0BEN', channel_id: 'C0EVIL' };

  it.each([
    'deployment/web -n prod',
    'set-image deployment/web :2 -n prod',
    'history deployment/web -n prod',
    'use -n prod',
  ])('may not type `%s`', async (text) => {
    await start(bound);
    const answer = await t.slash(text, there);
    expect(JSON.stringify(answer)).toContain('can’t be used in this workspace');
    expect([t.asked, t.changes.requested, t.changes.asked]).toEqual([[], [], []]);
    expect(t.memory.defaults.size).toBe(0);
    // Their groups and channels are none of the rules' business.
    expect(t.slack.callsOf('usergroups.list')).toEqual([]);
  });

  it('does not keep the first workspace from asking', async () => {
    await start(bound);
    await t.slash('deployment/web -n prod', { user_id: 'U0BEN', channel_id: 'C0HOME' });
    expect(t.asked).toMatchObject([{ team: home, user: 'U0BEN' }]);
  });

  it('cannot use what someone of the first workspace asked: its buttons count for their own channel', async () => {
    const everything = {
      users: [],
      groups: [],
      channels: ['C0HOME'],
      clusters: ['*'],
      namespaces: ['*'],
      commands: ['*'],
    };
    await start({ ...bound, ask: [home, evil].map((team) => ({ ...everything, team })) });
    await t.slash('deployment/web -n prod', { user_id: 'U0BEN', channel_id: 'C0HOME' });
    const [ask] = t.asked;
    const value = JSON.stringify({ cluster: 'dev-eu', target: ask?.target, ask: ask?.id });
    await t.click('ask.0', value, {
      user: { id: 'U0BEN', team_id: evil },
      team: { id: evil },
      channel: { id: 'D0EVIL', name: 'directmessage' },
    });
    expect(t.asked).toHaveLength(1);
  });

  it('may not pass for another one: a token of a workspace that was not named is refused', async () => {
    t.slack.on('auth.test', () => ({ body: { team_id: evil } }));
    const started = t.start({ botTokens: [{ token: new Secret('xoxb-2'), team: home }] });
    await expect(started).rejects.toThrow(`The bot token of workspace ${home} belongs to workspace ${evil}.`);
  });
});

describe('a change of another workspace', () => {
  const requested = (world: ChangeWorld): Promise<Approval> =>
    world.pending({ team: evil, requester: 'U0MAL' }, world.worker({ policy: bound.approve }));

  it('shows that nobody can approve it', async () => {
    const world = changeWorld();
    const { requirement } = await requested(world);
    expect(requirement).toMatchObject({ nobody: true, breakGlass: false });
    expect(requirement?.text).toContain(`no rule of policy.approve matches in workspace ${evil}`);
  });

  it.each<[string, Partial<DecideClick>]>([
    ['approved', {}],
    ['approved alone', { what: 'break-glass', reason }],
    ['rejected', { what: 'reject', reason }],
  ])('is not %s by its group of the same handle, or its user of the same id', async (_, press) => {
    const world = changeWorld();
    const pending = await requested(world);
    const bot = world.bot({ policy: bound.approve });
    expect(await decide(world.click(pending, { ...sre, ...press }), bot)).toMatchObject({ kind: 'refused' });
    expect(world.stored(pending.id)).toMatchObject({ state: 'pending', votes: [] });
    await expectUntouched(world);
  });

  it.each<[string, Partial<DecideClick>]>([
    ['approved', {}],
    ['approved alone', { what: 'break-glass', reason }],
  ])('is not made by a worker when a bot with laxer rules %s it', async (_, press) => {
    const world = changeWorld();
    const pending = await requested(world);
    const lax = world.bot({ policy: unbound.approve });
    expect(await decide(world.click(pending, { ...sre, ...press }), lax)).toMatchObject({ kind: 'granted' });
    await expectUntouched(world);
    const { state, outcome } = world.stored(pending.id);
    expect([state, outcome]).toEqual(['failed', expect.stringContaining('own policy')]);
  });

  it('is not reviewed by it', async () => {
    const world = changeWorld();
    const pending = await requested(world);
    const lax = world.bot({ policy: unbound.approve });
    await decide(world.click(pending, { ...sre, what: 'break-glass', reason }), lax);
    const click = { team: evil, id: pending.id, user: 'U0EVE', groups: ['sre'] };
    expect(await review(click, world.bot({ policy: bound.approve }))).toMatchObject({ kind: 'refused' });
  });

  it('cannot be passed off as one of the first workspace: the grant names its own', async () => {
    const world = changeWorld();
    const pending = await requested(world);
    const granted = await decide(world.click(pending, sre), world.bot({ policy: unbound.approve }));
    if (granted.kind !== 'granted') throw new Error(granted.kind);
    const moved = { ...granted.approval, team: home };
    world.records.forge(moved);
    await world.run(world.jobOf(moved, 'execute'), world.worker({ policy: bound.approve }));
    await expectUntouched(world);
  });

  it('of the first workspace is approved by its own group', async () => {
    const world = changeWorld();
    const worker = world.worker({ policy: bound.approve });
    const pending = await world.pending({ team: home, requester: 'U0ANA' }, worker);
    const bot = world.bot({ policy: bound.approve });
    const groups = { user: 'U0CARL', groups: ['sre', 'S0SRE11'] };
    expect(await decide(world.click(pending, groups), bot)).toMatchObject({ kind: 'granted' });
    await world.settle(worker);
    expect(world.patches).toHaveLength(1);
  });
});
