import { describe, expect, it } from 'vitest';
import { explainText } from '../../src/explain/explain.ts';
import { pullCases } from '../support/pulls/cases.ts';
import { eventTexts, readRecordings } from '../support/pulls/recorded.ts';
import { runtimeKinds } from '../support/pulls/runtimes.ts';

const names = [...runtimeKinds.map(({ name }) => name), 'skopeo'];
const recordings = readRecordings();

describe.each(recordings)('what $runtime ($version) said', ({ runtime, answers }) => {
  const said = pullCases.flatMap(({ id, image, causes: ofContainerd, crio = ofContainerd }) => {
    const causes = runtime === 'skopeo' ? crio : ofContainerd;
    const answer = answers[id];
    if (answer === undefined || answer === 'pulled') return [];
    return eventTexts(image, answer).map((text) => ({ id, image, causes, text }));
  });

  it('is recorded', () => {
    expect(recordings.map((recording) => recording.runtime).sort()).toEqual(names.toSorted());
    expect(said.length).toBeGreaterThan(pullCases.length);
  });

  it.each(said)('is explained as $causes.0 where the image is known ($id)', ({ text, image, causes }) => {
    expect(causes).toContain(explainText(text, { image }).cause);
  });

  it.each(said)('is explained as $causes.0 by itself ($id)', ({ text, causes }) => {
    expect(causes).toContain(explainText(text).cause);
  });
});
