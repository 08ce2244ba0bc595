import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainText } from '../../src/explain/explain.ts';
import { goodPulls, pullCases } from '../support/pulls/cases.ts';
import { type Answer, eventTexts, plainVersion, readRecordings } from '../support/pulls/recorded.ts';
import { type RuntimeKind, runtimeKinds } from '../support/pulls/runtimes.ts';
import { type SimulatedPuller, simulatedPuller } from '../support/pulls/simulated.ts';
import { type PullWorld, published, startPullWorld } from '../support/pulls/world.ts';
import { hostsOf, programOf, startContainerd } from './support/containerd.ts';
import { record } from './support/record.ts';

interface Pulls {
  readonly version: string;
  readonly answers: ReadonlyMap<string, Answer>;
}

describe.each(runtimeKinds)('$name', (kind) => {
  let world: PullWorld;
  let simulated: SimulatedPuller;
  let pulls: Pulls;
  beforeAll(async () => {
    world = await startPullWorld();
    pulls = await pullAll(kind, world);
    simulated = simulatedPuller(world, pulls.version, kind.path === 'local');
  });
  afterAll(async () => {
    await simulated.close();
    await world.stop();
  });

  it.each(goodPulls)('pulls $id, and so does the simulated kubelet', async ({ id, ...wanted }) => {
    expect(pulls.answers.get(id)).toBe('pulled');
    expect(await simulated.pull(wanted)).toBe('pulled');
  });

  it.each(pullCases.filter(({ simulated: isSimulated }) => isSimulated !== false))(
    'says of $id what the simulated kubelet says',
    async ({ id, ...wanted }) => {
      expect(await simulated.pull(wanted)).toEqual(pulls.answers.get(id));
    },
  );

  it.each(pullCases)('says of $id what is explained as $causes.0', ({ id, image, causes }) => {
    const answer = pulls.answers.get(id);
    if (answer === undefined || answer === 'pulled') {
      expect(answer === 'pulled' && id === 'a Helm chart').toBe(true);
      return;
    }
    for (const text of eventTexts(image, answer)) expect(causes).toContain(explainText(text, { image }).cause);
  });

  it('says what is recorded of this version', () => {
    record({ runtime: kind.name, version: pulls.version, answers: Object.fromEntries(pulls.answers) });
    const recorded = readRecordings().find(
      ({ runtime, version }) => runtime === kind.name && version === pulls.version,
    );
    // Another version than the recorded one is held against the simulation alone.
    if (recorded !== undefined) expect(Object.fromEntries(pulls.answers)).toEqual(recorded.answers);
    expect(readRecordings().map(({ runtime }) => runtime)).toContain(kind.name);
  });
});

/** Every pull once; each case has content of its own, so they can run side by side. */
async function pullAll({ variable, path }: RuntimeKind, world: PullWorld): Promise<Pulls> {
  const containerd = await startContainerd(programOf(variable), path, hostsOf(world));
  try {
    const answers = await Promise.all(
      [...goodPulls, ...pullCases].map(async ({ id, image, login }) => {
        const pulled = await containerd.cri.pull(image, login);
        const answer: Answer = pulled.ok ? 'pulled' : { code: pulled.code, message: published(pulled.message, world) };
        return [id, answer] as const;
      }),
    );
    return { version: plainVersion(containerd.version), answers: new Map(answers) };
  } finally {
    await containerd.stop();
  }
}
