import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act } from '../../src/sandbox/slack/acting.ts';
import { deploy, eventually, messagesIn, openChannel } from './change.ts';
import { type FaultStage, openStage, shop } from './stage.ts';

const people = Array.from({ length: 24 }, (_, index) => `U0Q${index}`);
const [idlePeople, attackedPeople] = [people.slice(0, 12), people.slice(12)];

/** A registry that begins to answer, and sends one more byte every 200 ms, for ever. */
const drip = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\nx-drip: ');
    const timer = setInterval(() => socket.write('a'), 200);
    socket.on('close', () => clearInterval(timer));
  });
});

let stage: FaultStage;
beforeAll(async () => {
  await new Promise<void>((resolve) => void drip.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(drip.address() as AddressInfo).port}`;
  stage = await openStage({
    paced: false,
    askers: ['U0ANA', ...people],
    hosts: { 'drip.test': endpoint },
  });
  for (const id of people) {
    stage.slack.workspace.people.set(id, { id, name: id.toLowerCase(), realName: id, guest: false });
  }
  await Promise.all([stage.startWorker(), stage.startBot()]);
  await deploy(stage, 'web');
}, 90_000);
afterAll(async () => {
  await stage.stop();
  drip.close();
});

/** How long each of these people waits for a report about a healthy workload, in ms, in order of size. */
async function waits(askers: readonly string[]): Promise<readonly number[]> {
  const all: number[] = [];
  for (const as of askers) {
    const channel = openChannel(stage, `of-${as.toLowerCase()}`);
    const started = performance.now();
    await act(stage.slack, { as, channel, text: `/imagecheck deployment/web -n ${shop}` });
    await eventually(() => expect(messagesIn(stage, channel).length).toBeGreaterThan(1), 60_000);
    all.push(performance.now() - started);
  }
  return all.sort((a, b) => a - b);
}

const p95 = (sorted: readonly number[]): number => sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;

describe('somebody who asks 24 questions at a registry that drips', () => {
  it('makes nobody else wait, is told what each question waits for, and gets every answer', {
    timeout: 240_000,
  }, async () => {
    const idle = await waits(idlePeople);
    const channel = openChannel(stage, 'crowd');
    for (let count = 0; count < 24; count++) {
      await act(stage.slack, { as: 'ana', channel, text: `/imagecheck image drip.test/acme/app-${count}:1` });
    }
    const started = performance.now();
    const attacked = await waits(attackedPeople);
    const answered = (): number => messagesIn(stage, channel).length - 24;
    console.log(
      `p95 of another person's check: ${p95(idle).toFixed(0)} ms idle, ${p95(attacked).toFixed(0)} ms attacked`,
    );
    // Half a second is what a busy machine adds to anything.
    expect(p95(attacked)).toBeLessThan(Math.max(500, 2 * p95(idle)));
    expect(answered(), 'the attack goes on').toBeLessThan(24);
    const told = JSON.stringify(messagesIn(stage, channel));
    expect(told).toContain('waiting for your other questions');
    await eventually(() => expect(answered()).toBe(24), 150_000);
    console.log(`all 24 were answered after ${((performance.now() - started) / 1000).toFixed(0)} s`);
  });
});
