import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import type { CommandLine } from '../../src/terminal/command.ts';
import { explainCommand, explainLine } from '../../src/terminal/explain-command.ts';
import { referenceCommand, referenceLine } from '../../src/terminal/reference-command.ts';
import type { Streams } from '../../src/terminal/streams.ts';

type Command = (args: CommandLine, streams: Streams) => Promise<number>;

async function run(command: Command, words: readonly string[], flags: CommandLine['flags'] = {}, input = '') {
  let out = '';
  const streams: Streams = {
    screen: { out: () => {}, err: () => {}, interactive: false, columns: 80 },
    paint: (_, text) => text,
    input: (async function* () {
      yield input;
    })(),
    write: async (text) => {
      out += text;
    },
  };
  const code = await command({ command: '', words, flags }, streams);
  return { code, out };
}

function fixture(name: string): { cases: readonly Record<string, unknown>[] } {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as never;
}

describe('explain', () => {
  const limited = 'toomanyrequests: You have reached your pull rate limit';

  test('from the words or from standard input, for a person', async () => {
    for (const { code, out } of [
      await run(explainCommand, limited.split(' ')),
      await run(explainCommand, [], {}, limited),
    ]) {
      expect(code).toBe(0);
      expect(out).toMatch(/^RATE LIMITED: certain\n[\s\S]*Fix: /);
    }
  });

  test('as JSON, without what was secret in the text', async () => {
    const { out } = await run(explainCommand, [`${limited} token=abcdefgh`], { json: true });
    expect(JSON.parse(out)).toMatchObject({ cause: 'rate_limited', confidence: 'certain', also: expect.any(Array) });
    expect(out).not.toContain('abcdefgh');
  });

  test('a text that means nothing is answered, too', async () => {
    expect(await run(explainCommand, ['hello'])).toMatchObject({ code: 0, out: expect.stringMatching(/^UNKNOWN/) });
  });

  test('nothing to explain, or two sources, is a usage error', async () => {
    await expect(run(explainCommand, [])).rejects.toBeInstanceOf(UserError);
    await expect(run(explainCommand, ['x'], { jsonl: true })).rejects.toBeInstanceOf(UserError);
  });

  test('the recorded messages, line by line: an acceptable cause in all, the very one in 95 %', async () => {
    const { cases } = fixture('pull-errors');
    const input = cases
      .map(({ id, message, image, event_reason }) => JSON.stringify({ id, message, image, event_reason }))
      .join('\n');
    const { code, out } = await run(explainCommand, [], { jsonl: true }, input);
    expect(code).toBe(0);
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(answers.map(({ id }) => id)).toEqual(cases.map(({ id }) => id));
    for (const [at, answer] of answers.entries()) {
      const { category, also_acceptable } = cases[at] as { category: string; also_acceptable: string[] };
      expect([category, ...also_acceptable]).toContain(answer['cause']);
      const subject = answer['cause'] === 'not_image_related' ? [] : ['subject'];
      expect(Object.keys(answer)).toEqual(['id', 'cause', 'also', 'confidence', ...subject, 'meaning', 'next']);
      expect(['certain', 'likely', 'possible']).toContain(answer['confidence']);
    }
    const right = answers.filter(({ cause }, at) => cause === cases[at]?.['category']);
    expect(right.length / cases.length).toBeGreaterThanOrEqual(0.95);
  });

  test.each([
    [{ id: 'a', message: 'm', image: null, event_reason: '' }, true],
    [{ id: 1, message: 'm' }, true],
    [{ id: 'a', message: 'm', more: true }, true],
    [{ message: 'm' }, false],
    [{ id: 'a' }, false],
    [{ id: 'a', message: 1 }, false],
    [{ id: 'a', message: 'm', image: 1 }, false],
    [{ id: 'a', message: 'm', event_reason: {} }, false],
    [[], false],
    ['x', false],
    [null, false],
  ])('the line %j', (line, ok) => {
    expect(explainLine(line).ok).toBe(ok);
  });

  test('the image of a line says which registry the text is about', () => {
    const message = 'failed to authorize: failed to fetch anonymous token: unexpected status: 403 Forbidden';
    const causeAt = (image: string) => explainLine({ id: 1, message, image });
    expect(causeAt('ghcr.io/acme/web:1')).toMatchObject({ value: { cause: 'denied_or_absent' } });
    expect(causeAt('shop.azurecr.io/web:1')).toMatchObject({ value: { cause: 'network_acl' } });
  });
});

describe('references', () => {
  const { cases } = fixture('image-refs');

  test('all of the reference implementation’s own cases, line by line', async () => {
    const input = cases.map((one, id) => JSON.stringify({ id, input: one['input'] })).join('\n');
    const { code, out } = await run(referenceCommand, [], { jsonl: true }, input);
    expect(code).toBe(0);
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(answers).toHaveLength(cases.length);
    for (const [
      id,
      { input: text, valid, domain = '', path = '', tag = '', digest = '', canonical = '' },
    ] of cases.entries()) {
      expect(answers[id]).toEqual(
        valid === true
          ? { id, input: text, valid, domain, path, tag, digest, canonical }
          : { id, input: text, valid: false, domain: '', path: '', tag: '', digest: '', canonical: '' },
      );
    }
  });

  test('one at a time; an invalid one exits 2', async () => {
    expect(await run(referenceCommand, ['nginx'], { json: true })).toEqual({
      code: 0,
      out: '{"input":"nginx","valid":true,"domain":"docker.io","path":"library/nginx","tag":"","digest":"","canonical":"docker.io/library/nginx"}\n',
    });
    expect(await run(referenceCommand, ['NGINX'], { json: true })).toMatchObject({
      code: 2,
      out: expect.stringContaining('"valid":false'),
    });
    expect(await run(referenceCommand, ['nginx:1'])).toEqual({
      code: 0,
      out: 'docker.io/library/nginx:1\n  domain  docker.io\n  path    library/nginx\n  tag     1\n',
    });
    expect((await run(referenceCommand, ['https://nginx'])).out).toBe(
      'not an image reference: it starts with a URL scheme; a reference starts with the host\nDid you mean: nginx\n',
    );
  });

  test('usage', async () => {
    await expect(run(referenceCommand, [])).rejects.toBeInstanceOf(UserError);
    await expect(run(referenceCommand, ['a', 'b'])).rejects.toBeInstanceOf(UserError);
    await expect(run(referenceCommand, ['a'], { jsonl: true })).rejects.toBeInstanceOf(UserError);
    expect(referenceLine({ input: 'nginx' })).toMatchObject({ ok: true, value: { input: 'nginx' } });
    expect(referenceLine({ id: 'x' }).ok).toBe(false);
    expect(referenceLine({ id: {}, input: 'x' }).ok).toBe(false);
  });
});
