import { expect, it } from 'vitest';
import { remedyOf } from '../support/remedies.ts';
import { type KeptSnapshot, keptReport, keptSnapshot, keptSnapshots } from '../support/snapshots.ts';

const all = (Object.keys(keptSnapshots) as KeptSnapshot[]).flatMap((name) =>
  keptReport(name).findings.flatMap(({ check, proposals }) =>
    proposals.map((proposal) => ({ name, check, proposal, remedy: proposal.remedy })),
  ),
);

it('there are proposals to try', () => {
  expect(all.length).toBeGreaterThan(0);
});

it.each(all)('$remedy of $check in $name takes its parameters', ({ name, proposal }) => {
  const remedy = remedyOf(proposal.remedy);
  const needs = remedy.needs(remedy.params.parse(proposal.params), keptSnapshot(name));
  expect(needs.images.length + needs.secrets.length).toBeGreaterThan(0);
});
