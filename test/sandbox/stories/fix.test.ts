import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/start.ts';
import { storyKinds } from '../../../src/sandbox/stories/all.ts';
import { commandOf, namespacesOf, type Story, vary } from '../../../src/sandbox/stories/story.ts';
import { callApi, openSandbox } from '../../support/sandbox.ts';
import { buttonsOf, type Said, slackRoom, textOf } from '../../support/slack-room.ts';

/** How people get from the report to the plan. */
type Fix =
  /** A button of the report. */
  | { readonly press: RegExp; readonly workloads: number }
  /** The form: the values already in it, or an image that another story runs. */
  | { readonly form: 'as it is' | { readonly imageOf: string }; readonly workloads: number };

const fixes: Readonly<Record<string, Fix>> = {
  'stale-images': { press: /^Review fix: set .* to its newest build, also for 1 more$/, workloads: 2 },
  'never-published': { form: 'as it is', workloads: 3 },
  'rate-limit': { press: /^Review fix: create or renew a pull secret .*, also for 2 more$/, workloads: 3 },
  placeholder: { form: { imageOf: 'real-nginx' }, workloads: 1 },
  'dangling-index': { press: /^Review fix: set \S+ to /, workloads: 1 },
  'arm64-builder': { form: { imageOf: 'both-platforms' }, workloads: 1 },
};

/** Its plan says which credential is missing: another remedy issues ECR tokens. */
const withoutCredential = 'expired-secret';

const seed = Number(process.env['IMAGECHECK_STORY_SEED'] ?? randomInt(1_000_000));
const stories = vary(storyKinds, seed);
const others = stories.filter(({ id }) => fixes[id] === undefined && id !== withoutCredential);

/** Slack accepts one message a second in a channel, so the stories use two channels; each form is in the first. */
const channels = ['incidents', 'team-dask'] as const;
type ChannelName = (typeof channels)[number];

function channelOf(id: string): ChannelName {
  const fix = fixes[id];
  if (fix !== undefined) return 'form' in fix ? 'incidents' : 'team-dask';
  return others.findIndex((story) => story.id === id) % 2 === 0 ? 'incidents' : 'team-dask';
}

interface Pods {
  readonly workloads: readonly {
    readonly pods: readonly { readonly images: readonly { readonly image: string }[] }[];
  }[];
}

describe(`incidents and twins with names drawn from IMAGECHECK_STORY_SEED=${seed}`, () => {
  let opened: Sandbox | undefined;

  beforeAll(async () => {
    const sandbox = await openSandbox(stories);
    opened = sandbox;
    await Promise.all(stories.map(({ id }) => sandbox.stories.start(id)));
  }, 120_000);

  afterAll(async () => {
    await opened?.stop();
  }, 60_000);

  const sandbox = (): Sandbox => {
    if (opened === undefined) throw new Error('there is no sandbox');
    return opened;
  };

  async function report(
    room: ReturnType<typeof slackRoom>,
    text: string,
  ): Promise<{ readonly thread: string; readonly message: Said }> {
    const thread = await room.ask('ana', text);
    return { thread, message: await room.reply(thread, /Check again/) };
  }

  async function imageRunBy(id: string): Promise<string> {
    const [namespace = ''] = namespacesOf(storyOf(id));
    const { workloads } = await callApi<Pods>(sandbox(), 'GET', `/pods/${namespace}`);
    return workloads[0]?.pods[0]?.images[0]?.image ?? '';
  }

  /** From the report to the message with the plan. */
  async function plan(
    room: ReturnType<typeof slackRoom>,
    fix: Fix,
    { thread, message }: { readonly thread: string; readonly message: Said },
  ): Promise<Said> {
    if ('press' in fix) await room.press('ana', message, fix.press);
    else {
      await room.press('ana', message, /^Choose (another|an image)…$/);
      const { fields, submit } = await room.form('ana');
      const image = fix.form === 'as it is' ? undefined : await imageRunBy(fix.form.imageOf);
      expect(fields).toHaveLength(fix.workloads);
      expect((await submit(({ initial }) => image ?? initial)).errors).toBeUndefined();
    }
    return room.reply(thread, /waiting for approval/);
  }

  describe.concurrent.each(channels)('in #%s', (channel) => {
    const here = ({ id }: Story): boolean => channelOf(id) === channel;
    const inRoom = () => slackRoom(sandbox(), channel);

    test.each(stories.filter((story) => fixes[story.id] !== undefined && here(story)))(
      '$id: $title, is fixed and stays so',
      { concurrent: false, timeout: 60_000 },
      async (story) => {
        const fix = fixes[story.id];
        if (fix === undefined) throw new Error(`no fix for ${story.id}`);
        const room = inRoom();
        const { thread, message } = await report(room, commandOf(story));
        const proposed = await plan(room, fix, { thread, message });
        for (const { name } of story.workloads.slice(0, fix.workloads)) expect(textOf(proposed)).toContain(name);
        await room.press('ben', proposed, /^Approve$/);
        if (/needs 2 people of/.test(textOf(proposed))) {
          await room.press('chloe', await room.reply(thread, /1 of 2 so far/), /^Approve$/);
        }
        const result = await room.reply(thread, /<@U0ANA> \*/);
        expect(textOf(result)).toMatch(
          /<@U0ANA> \*FIXED\* in .*: (\d+) of \1 pods are running the intended image and are Ready/,
        );
        for (const { kind, name, namespace } of story.workloads.slice(0, fix.workloads)) {
          const again = await report(room, `/imagecheck ${kind.toLowerCase()} ${name} -n ${namespace}`);
          expect(textOf(again.message)).toContain('*Healthy*');
          expect(buttonsOf(again.message).map(({ label }) => label)).toEqual(['Check again']);
        }
      },
    );

    test.each(others.filter(here))('$id: $title, offers no fix', { concurrent: false }, async (story) => {
      const { message } = await report(inRoom(), commandOf(story));
      expect(buttonsOf(message).filter(({ actionId }) => actionId.startsWith('fix'))).toEqual([]);
    });
  });

  test('a fix without a configured credential says what to configure', async () => {
    const room = slackRoom(sandbox());
    const { thread, message } = await report(room, commandOf(storyOf(withoutCredential)));
    await room.press('ana', message, /^Review fix: create or renew a pull secret/);
    const refused = await room.reply(thread, /couldn’t make a plan; nothing was changed/);
    expect(textOf(refused)).toMatch(/has no credential for .*usernameEnv/s);
    expect(buttonsOf(refused).map(({ label }) => label)).not.toContain('Approve');
  });
});

function storyOf(id: string): Story {
  const found = stories.find((story) => story.id === id);
  if (found === undefined) throw new Error(`no story ${id}`);
  return found;
}
