import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/index.ts';
import { known } from '../../src/model/values/fact.ts';
import { aConfig, amd64, anIndex, arm64, as, digestOf, found, notFound, refused } from '../support/probes.ts';
import { aSnapshot, type Story } from '../support/snapshot.ts';

const reference = 'ghcr.io/acme/web:1f2c9aa';

function asked(probe: Story['probe']) {
  return runChecks(aSnapshot({ podCount: 0, pods: known([]), asked: { reference }, probe: probe ?? {} }));
}

describe('image-facts', () => {
  it('says what the image is', () => {
    const attestation = { os: 'unknown', architecture: 'unknown' };
    const { notes } = asked({
      attempts: [as('workload', found('x'))],
      manifest: known(anIndex('x', [amd64, arm64, attestation])),
      configs: known([aConfig('x', { created: '2026-02-01T10:20:30Z', layersBytes: 123_000_000 })]),
    });
    expect(notes).toEqual([
      `${digestOf('x').slice(0, 19)}… · linux/amd64 and linux/arm64 · 123 MB for linux/amd64 to transfer · built 2026-02-01 10:20 UTC · read anonymously`,
    ]);
  });

  it('does not count a platform whose image the registry no longer has', () => {
    const index = anIndex('x', [amd64, arm64]);
    const [, ofArm64] = index.body.kind === 'index' ? index.body.children : [];
    const probe = { attempts: [as('workload', found('x'))], manifest: known(index), configs: known([aConfig('x')]) };
    const { notes } = asked({ ...probe, absentChildren: ofArm64 === undefined ? [] : [ofArm64] });
    expect(notes[0]).toMatch(/… · linux\/amd64 · deleted: linux\/arm64 · read/);
  });

  it.each<[string, Story['probe'], RegExp]>([
    ['with a pull secret', { attempts: [as('workload', found('x'), 'regcred')] }, /read with Secret regcred$/],
    [
      'with the configured credential',
      { attempts: [as('workload', refused(401)), as('bot', found('x'))], digest: known(digestOf('x')) },
      /read with imagecheck’s own credential$/,
    ],
  ])('says who read it: %s', (_, probe, words) => {
    expect(asked(probe).notes.at(-1)).toMatch(words);
  });

  it('says nothing about a workload, and proposes nothing for an image', () => {
    expect(runChecks(aSnapshot()).notes).toEqual([]);
    const missing = { attempts: [as('workload', notFound('tag'))], tags: known(['1f2c9ab']) };
    const [finding] = asked(missing).findings;
    expect(finding).toMatchObject({ check: 'image-missing', proposals: [] });
    expect(finding?.next).toContain('1f2c9ab');
  });

  it('does not speak of pods where a placeholder was asked about', () => {
    const { findings, notes } = asked({ placeholder: 'nginx:*' });
    expect(findings).toEqual([]);
    expect(notes.join(' ')).toMatch(/is listed as a placeholder/);
  });
});
