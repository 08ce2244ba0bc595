import { expect, it } from 'vitest';
import { runChecks } from '../../src/checks/index.ts';
import { known } from '../../src/model/values/fact.ts';
import { diagnosed } from '../support/checks.ts';
import { aProbe, as, found, notFound, refused } from '../support/probes.ts';
import { aContainer, aSnapshot, type Story, waiting } from '../support/snapshot.ts';

const own = 'ghcr.io/acme/chat:1';
const model = 'ghcr.io/acme/model:7b';
const containers = [
  aContainer({ name: 'chat', image: own }),
  aContainer({ name: 'volume/model', type: 'volume', image: model }),
];

function held(probe: Parameters<typeof aProbe>[2] = {}, more: Story = {}) {
  return aSnapshot({
    containers,
    workload: { ready: 0 },
    state: ({ type }) =>
      type === 'volume'
        ? waiting('ImagePullBackOff', `Back-off pulling image "${model}"`)
        : waiting('PodInitializing', 'waits for the image volume model'),
    images: [aProbe(own, ['chat']), aProbe(model, ['volume/model'], probe)],
    ...more,
  });
}

it('blames the image of the volume, not the container that waits for it', () => {
  const { findings } = runChecks(held({ attempts: [as('workload', notFound('tag'))], tags: known(['7a']) }));
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ check: 'image-missing', status: 'fail', images: [model] });
  expect(findings[0]?.title).toContain('(volume model)');
});

it('proposes no remedy that cannot change a volume', () => {
  const missing = runChecks(held({ attempts: [as('workload', notFound('tag'))], tags: known(['7a']) }));
  expect(missing.findings.flatMap(({ proposals }) => proposals)).toEqual([]);
  const refusal = runChecks(held({ attempts: [as('workload', refused(401)), as('bot', found('x'))] }));
  expect(refusal.findings.flatMap(({ proposals }) => proposals.map(({ remedy }) => remedy))).toEqual([
    'add-pull-secret',
  ]);
});

it('is healthy while the volume is mounted', () => {
  expect(
    diagnosed(aSnapshot({ containers, images: [aProbe(own, ['chat']), aProbe(model, ['volume/model'])] })),
  ).toEqual([]);
});
