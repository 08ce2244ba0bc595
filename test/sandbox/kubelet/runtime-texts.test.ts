import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodPulls, pullCases } from '../../support/pulls/cases.ts';
import { readRecordings } from '../../support/pulls/recorded.ts';
import { type RuntimeKind, runtimeKinds } from '../../support/pulls/runtimes.ts';
import { type SimulatedPuller, simulatedPuller } from '../../support/pulls/simulated.ts';
import { type PullWorld, startPullWorld } from '../../support/pulls/world.ts';

const recordings = readRecordings();

function recordingOf({ name }: RuntimeKind) {
  const found = recordings.find(({ runtime }) => runtime === name);
  if (found === undefined) throw new Error(`${name} is not recorded: IMAGECHECK_RECORD=1 npm run test:runtimes`);
  return found;
}

describe.each(runtimeKinds)('a simulated kubelet with $name', (kind) => {
  const { version, answers } = recordingOf(kind);
  let world: PullWorld;
  let puller: SimulatedPuller;
  beforeAll(async () => {
    world = await startPullWorld();
    puller = simulatedPuller(world, version, kind.path === 'local');
  });
  afterAll(async () => {
    await puller.close();
    await world.stop();
  });

  it('has a recorded runtime text for every case, and no others', () => {
    expect(Object.keys(answers).sort()).toEqual([...goodPulls, ...pullCases].map(({ id }) => id).sort());
  });

  it.each([...goodPulls, ...pullCases.filter(({ simulated }) => simulated !== false)])(
    'says about $id what the runtime said',
    async ({ id, ...wanted }) => {
      expect(await puller.pull(wanted)).toEqual(answers[id]);
    },
  );
});
