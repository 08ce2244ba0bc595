import { describe, expect, it } from 'vitest';
import { referenceFormat } from '../../src/checks/reference-format.ts';
import type { Neighbour } from '../../src/model/snapshot/snapshot.ts';
import { known } from '../../src/model/values/fact.ts';
import type { Container } from '../../src/model/workload/workload.ts';
import { concluded, diagnosed, expectWords, textOf } from '../support/checks.ts';
import { digestOf } from '../support/probes.ts';
import { aContainer, aLog, aSnapshot, crashed, env, type Story } from '../support/snapshot.ts';

const bundle = digestOf('bundle');
const page = 'json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)';

function neighbour(name: string, variables: Readonly<Record<string, string>>): Neighbour {
  return {
    ref: { kind: 'Job', namespace: 'shop', name },
    containers: [{ name: 'main', type: 'main', image: 'registry.test/acme/tool:1', env: env(variables) }],
  };
}

describe('reference-format', () => {
  const fails: Story = { state: crashed(1), logs: [aLog('web', [page])] };
  const told = (variables: Readonly<Record<string, string>>, more: Partial<Container> = {}): Story => ({
    containers: [aContainer({ env: env(variables), ...more })],
  });
  it.each<[string, Story, string[]]>([
    [
      'a digest without its repository, and a page in the log',
      { ...told({ BUNDLE_REF: bundle }), ...fails },
      ['fail reference_format likely'],
    ],
    ['the same without a symptom', told({ BUNDLE_REF: bundle }), ['warn reference_format possible']],
    [
      'as a flag',
      { containers: [aContainer({ args: ['--bundle-ref', bundle] })], ...fails },
      ['fail reference_format likely'],
    ],
    [
      'as a flag with =',
      { containers: [aContainer({ args: [`--bundle-ref=${bundle}`] })], ...fails },
      ['fail reference_format likely'],
    ],
    [
      'pushed elsewhere than fetched',
      {
        ...told({ BUNDLE_REF: bundle, BUNDLE_REPOSITORY: 'app-bundles' }),
        ...fails,
        neighbours: known([neighbour('smoke', { SMOKE_BUNDLE_REPOSITORY: 'smoke_bundle' })]),
      },
      ['fail reference_format likely'],
    ],
    [
      'one digest in two repositories',
      {
        ...told({ BUNDLE_REF: `app-bundles@${bundle}` }),
        neighbours: known([neighbour('smoke', { BUNDLE_REF: `smoke_bundle@${bundle}` })]),
      },
      ['warn reference_format likely'],
    ],
    // Look-alikes.
    [
      'whole references',
      {
        ...told({ BUNDLE_REF: `app-bundles@${bundle}` }),
        neighbours: known([neighbour('smoke', { BUNDLE_REF: `smoke_bundle@${digestOf('another')}` })]),
      },
      [],
    ],
    ['a digest and its repository apart', told({ BUNDLE_REF: bundle, BUNDLE_REPOSITORY: 'app-bundles' }), []],
    [
      'the same repository with and without its host',
      {
        ...told({ BUNDLE_REF: bundle, BUNDLE_REPOSITORY: 'app-bundles' }),
        ...fails,
        neighbours: known([neighbour('smoke', { BUNDLE_REPOSITORY: 'acr.test/app-bundles' })]),
      },
      [],
    ],
    [
      'two repositories of two things',
      { ...told({ BUNDLE_REPOSITORY: 'a' }), neighbours: known([neighbour('smoke', { MODEL_REPOSITORY: 'b' })]) },
      [],
    ],
    [
      'two repositories and no symptom',
      { ...told({ BUNDLE_REPOSITORY: 'a' }), neighbours: known([neighbour('smoke', { BUNDLE_REPOSITORY: 'b' })]) },
      [],
    ],
    ['a checksum', told({ DOWNLOAD_CHECKSUM: bundle, IMAGE_DIGEST: bundle }), []],
    ['a page without any reference', { ...fails }, []],
    [
      'a value from a Secret',
      { containers: [aContainer({ env: [{ name: 'BUNDLE_REF', from: 'secret/app' }] })], ...fails },
      [],
    ],
  ])('%s', (_, story, expected) => {
    expect(concluded(referenceFormat, aSnapshot(story))).toEqual(expected);
  });

  it('explains page and crash, and names both repositories', () => {
    const snapshot = aSnapshot({
      ...told({ BUNDLE_REF: bundle, BUNDLE_REPOSITORY: 'app-bundles' }),
      ...fails,
      neighbours: known([neighbour('smoke', { BUNDLE_REPOSITORY: 'smoke_bundle' })]),
    });
    expect(diagnosed(snapshot)).toEqual(['fail reference-format reference_format likely']);
    expectWords(textOf(snapshot), ['app-bundles', 'smoke_bundle', 'job/smoke', 'Expecting value']);
  });
});
