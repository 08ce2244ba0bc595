import { expect, test } from 'vitest';
import { makePlan } from '../../../../src/flows/change/plan/plan.ts';
import { digestOfIntent } from '../../../../src/model/change/plan.ts';
import { memoryCluster, memoryRegistry, recorder } from '../../../support/in-memory.ts';
import { aRequest, planHow, planReach } from '../../../support/planning.ts';
import { aConfig, digestOf } from '../../../support/probes.ts';
import { planOf, typed, web } from '../../../support/small-remedy.ts';
import { aContainer } from '../../../support/snapshot.ts';

const other = 'docker.io/other/web:2';
const references = { [web]: 'one', 'ghcr.io/acme/web:2': 'two', [other]: 'two' };
const config = { ...aConfig('two'), created: '2026-02-28T09:00:00Z' };
const configs = { [digestOf('two config')]: { kind: 'ok', value: config } } as const;

async function planned(image: string, pushes: Readonly<Record<string, string>> = {}, dryRun = true) {
  const record = recorder();
  const cluster = memoryCluster({ template: { containers: [aContainer({ image: web })] } });
  const registry = memoryRegistry({ references, configs, pushes }, record);
  const { reach } = planReach(cluster, {}, { registry });
  const { plan } = planOf(await makePlan(aRequest(typed(image)), reach, { ...planHow, dryRun }));
  const asked = record.asked.filter((one) => one.startsWith('pushed '));
  return { plan, asked, provenance: plan.targets.flatMap((target) => target.provenance).join('\n') };
}

test.each([
  {
    name: 'known',
    pushes: { [other]: '2026-03-01T10:00:30.500Z' },
    says: 'Pushed 2026-03-01 10:00 UTC, built 2026-02-28 09:00 UTC.',
  },
  {
    name: 'not known',
    pushes: {},
    says: 'When it was pushed is not known: docker.io does not tell it; built 2026-02-28 09:00 UTC.',
  },
])('a plan that moves to another owner says when the image was pushed: $name', async ({ pushes, says }) => {
  const { asked, provenance } = await planned(other, pushes);
  expect(provenance).toContain(says);
  expect(asked).toEqual([`pushed ${other}`]);
});

test('a plan that stays with its owner does not ask', async () => {
  const { asked, provenance } = await planned('ghcr.io/acme/web:2');
  expect(provenance).toBe('');
  expect(asked).toEqual([]);
});

test('an approval does not hang on it', async () => {
  const told = await planned(other, { [other]: '2026-03-01T10:00:30Z' });
  const untold = await planned(other);
  const compared = await planned(other, {}, false);
  expect(compared.asked).toEqual([]);
  expect(compared.provenance).toMatch(/\nBuilt 2026-02-28 09:00 UTC\.\n/);
  expect(digestOfIntent(compared.plan.intent)).toBe(digestOfIntent(told.plan.intent));
  expect(digestOfIntent(told.plan.intent)).toBe(digestOfIntent(untold.plan.intent));
});
