import { beforeAll, describe, expect, it } from 'vitest';
import { explainText } from '../../src/explain/explain.ts';
import { goodPulls, pullCases } from '../support/pulls/cases.ts';
import { type Answer, eventTexts, readRecordings } from '../support/pulls/recorded.ts';
import { published, startPullWorld } from '../support/pulls/world.ts';
import { programOf } from './support/containerd.ts';
import { record } from './support/record.ts';
import { openSkopeo } from './support/skopeo.ts';

/** Docker Hub says to wait for a minute, and the library does so four times before it gives up. */
const waits = 'hub no pulls left';
/** It neither unpacks what it copies nor minds what it is. */
const copied = ['a layer that is no archive', 'a Helm chart', 'schema 1'];

const failing = pullCases.filter(({ id }) => id !== waits);

describe('skopeo, whose library is the one of CRI-O', () => {
  let version = '';
  const answers = new Map<string, Answer>();
  beforeAll(async () => {
    const world = await startPullWorld();
    const skopeo = await openSkopeo(programOf('IMAGECHECK_SKOPEO'), world);
    version = skopeo.version;
    await Promise.all(
      [...goodPulls, ...failing].map(async ({ id, image, login }) => {
        const result = await skopeo.pull(image, login);
        answers.set(id, result.ok ? 'pulled' : { code: 'Unknown', message: published(result.problem, world) });
      }),
    );
    await skopeo.stop();
    await world.stop();
  });

  it.each(goodPulls)('pulls $id', ({ id }) => {
    expect(answers.get(id)).toBe('pulled');
  });

  it.each(failing)('says of $id what is explained as $causes.0', ({ id, image, causes, crio = causes }) => {
    const answer = answers.get(id);
    if (answer === undefined || answer === 'pulled') {
      expect(copied).toContain(id);
      return;
    }
    for (const text of eventTexts(image, answer)) {
      expect(crio).toContain(explainText(text, { image }).cause);
      expect(crio).toContain(explainText(text).cause);
    }
  });

  it('says what is recorded of this version', () => {
    const sorted = Object.fromEntries([...answers].sort(([a], [b]) => a.localeCompare(b)));
    record({ runtime: 'skopeo', version, answers: sorted });
    const recorded = readRecordings().find((recording) => recording.runtime === 'skopeo');
    expect(recorded).toBeDefined();
    if (recorded?.version === version) expect(sorted).toEqual(recorded.answers);
  });
});
