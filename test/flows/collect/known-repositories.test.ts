import { describe, expect, it } from 'vitest';
import { knownRepositories } from '../../../src/flows/collect/known-repositories.ts';
import { known } from '../../../src/model/values/fact.ts';
import { aProbe, as, found, notFound, unreachable } from '../../support/probes.ts';

describe('knownRepositories', () => {
  const text = 'acme.azureacr.io/team/web:1';
  const container = { name: 'web', type: 'main', image: 'acme.azurecr.io/team/web:1', env: [] } as const;
  const list = () =>
    Promise.resolve(
      known([{ ref: { kind: 'Job', namespace: 'shop', name: 'x' } as const, containers: [container], ready: 0 }]),
    );
  it.each([
    ['a name is missing', notFound('tag'), ['acme.azurecr.io/team/web:1']],
    ['a host is not known', unreachable('dns'), ['acme.azurecr.io/team/web:1']],
    ['a host is not reached', unreachable('timeout'), []],
    ['the image is there', found('now'), []],
  ])('lists what the cluster uses where %s', async (_, outcome, expected) => {
    const probe = aProbe(text, ['web'], { attempts: [as('workload', outcome)] });
    expect(await knownRepositories([probe], list)).toEqual(known(expected));
  });

  it('leaves out what nobody is seen to run', async () => {
    const uses = (name: string, image: string, runsNowhere?: true) => ({
      ref: { kind: 'Deployment', namespace: 'shop', name } as const,
      containers: [{ ...container, image }],
      ready: runsNowhere === true ? 0 : 1,
      ...(runsNowhere === true ? { runsNowhere } : {}),
    });
    const listed = known([
      uses('broken', 'ghcr.io/acme/broken:1', true),
      uses('shared-broken', 'ghcr.io/acme/shared:1', true),
      uses('shared', 'ghcr.io/acme/shared:1'),
    ]);
    const probe = aProbe(text, ['web'], { attempts: [as('workload', notFound('tag'))] });
    expect(await knownRepositories([probe], () => Promise.resolve(listed))).toEqual(known(['ghcr.io/acme/shared:1']));
  });
});
