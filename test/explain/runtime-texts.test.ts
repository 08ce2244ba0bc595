import { describe, expect, it } from 'vitest';
import { explainText } from '../../src/explain/explain.ts';
import { pullCases } from '../support/pulls/cases.ts';
import { eventTexts, readRecordings } from '../support/pulls/recorded.ts';
import { runtimeKinds } from '../support/pulls/runtimes.ts';

const names = runtimeKinds.map(({ name }) => name);
const recordings = readRecordings().filter(({ runtime }) => names.includes(runtime));

describe.each(recordings)('what $runtime ($version) said', ({ answers }) => {
  const said = pullCases.flatMap(({ id, image, causes }) => {
    const answer = answers[id];
    if (answer === undefined || answer === 'pulled') return [];
    return eventTexts(image, answer).map((text) => ({ id, image, causes, text }));
  });

  it('is recorded', () => {
    expect(recordings.map(({ runtime }) => runtime)).toEqual(expect.arrayContaining(names));
    expect(said.length).toBeGreaterThan(pullCases.length);
  });

  it.each(said)('is explained as $causes.0 where the image is known ($id)', ({ text, image, causes }) => {
    expect(causes).toContain(explainText(text, { image }).cause);
  });

  it.each(said)('is explained as $causes.0 by itself ($id)', ({ text, causes }) => {
    expect(causes).toContain(explainText(text).cause);
  });
});
