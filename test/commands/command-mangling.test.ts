import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/commands/command.ts';
import { formatCommand, parseCommand, parseWords } from '../../src/commands/parse.ts';
import { cpuMsOf } from '../support/cpu-time.ts';

const hex = 'e6693c20186f837fc393390135d8a598a96a833917917789d63766cab6c59582';
const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,10}[a-z0-9])?$/);
const dotted = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const reference = fc
  .tuple(
    fc.constantFrom('', 'ghcr.io/', 'shop.azurecr.io:5000/', 'localhost:5000/'),
    label,
    optional(label),
    fc.boolean(),
  )
  .map(([host, path, tag, pinned]) =>
    [
      `${host}acme/${path.replace(/-{2,}/g, '-')}`,
      tag === undefined ? '' : `:${tag}`,
      pinned ? `@sha256:${hex}` : '',
    ].join(''),
  );
const sentence = fc
  .array(
    fc.constantFrom(
      'Failed to pull image "web:1"',
      '&',
      '<html>',
      "can't",
      '\n',
      'https://ghcr.io/v2/',
      'a -- b',
      '-n',
      '|',
      '10%',
    ),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(' ').trim())
  .filter((text) => text !== '');

const workload = fc
  .record({ kind: fc.constantFrom('deployment/', 'sts/', 'pod/', ''), name: dotted, namespace: optional(label) })
  .map(({ kind, name, namespace }) => [kind + (namespace === undefined ? name : `${namespace}/${name}`)]);
const image = fc.tuple(
  optional(label),
  fc.oneof(
    reference,
    label.map((tag) => `:${tag}`),
    fc.constant(`sha256:${hex}`),
    fc.constant(`@sha256:${hex}`),
  ),
);
const images = fc
  .uniqueArray(image, { selector: ([container]) => container, maxLength: 3 })
  .map((all) => (all.length === 1 ? all : all.filter(([container]) => container !== undefined)))
  .map((all) => all.map(([container, text]) => (container === undefined ? text : `${container}=${text}`)));
const policies = fc.constantFrom('Always', 'ifnotpresent', 'NEVER');
const containers = fc.uniqueArray(label, { maxLength: 2 });

/** Words of commands about changes. */
const changeWords = fc.oneof(
  fc.tuple(workload, containers).map(([at, names]) => ['repull', ...at, ...(names.length ? ['only', ...names] : [])]),
  fc
    .tuple(workload, images, optional(policies))
    .map(([at, all, policy]) => ['set-image', ...at, ...all, ...(policy && all.length ? ['policy', policy] : [])]),
  fc.tuple(workload, policies, containers).map(([at, policy, names]) => ['pull-policy', ...at, policy, ...names]),
  fc
    .tuple(workload, optional(fc.oneof(fc.integer({ min: 1, max: 999 }).map(String), dotted)))
    .map(([at, revision]) => ['rollback', ...at, ...(revision === undefined ? [] : ['to', revision])]),
  fc
    .tuple(workload, optional(fc.constantFrom('ghcr.io', 'hub', 'r.io:5000/acme')), optional(dotted), optional(label))
    .map(([at, registry, secret, on]) => [
      'add-pull-secret',
      ...at,
      ...(registry === undefined ? [] : [registry]),
      ...(registry && secret ? ['secret', secret] : []),
      ...(registry && on ? ['on', 'sa', on] : []),
    ]),
  fc.stringMatching(/^[0-9A-Za-tv-z]{8}$/).map((id) => ['undo', id]),
  fc.tuple(optional(workload)).map(([at]) => ['history', ...(at ?? [])]),
  fc.constant(['approvals']),
);

/** Commands as the parser yields them. */
const command: fc.Arbitrary<Command> = fc
  .oneof(
    fc
      .record({
        kind: fc.constantFrom('deployment', 'sts', 'ds', 'job', 'cj', 'po', 'check'),
        name: dotted,
        namespace: optional(label),
        cluster: optional(label),
        dm: fc.boolean(),
      })
      .map(({ kind, name, namespace, cluster, dm }) =>
        [
          kind,
          namespace === undefined ? name : `${namespace}/${name}`,
          ...(cluster === undefined ? [] : ['-c', cluster]),
          ...(dm ? ['--dm'] : []),
        ].join(' '),
      ),
    fc
      .record({ reference, as: optional(fc.tuple(label, dotted)), cluster: optional(label) })
      .map(({ reference, as, cluster }) =>
        [
          'image',
          reference,
          ...(as === undefined ? [] : ['as', as.join('/')]),
          ...(cluster === undefined ? [] : ['-c', cluster]),
        ].join(' '),
      ),
    sentence.map((text) => `explain ${text}`),
    fc
      .tuple(changeWords, optional(label))
      .map(([words, cluster]) => [...words, ...(cluster === undefined ? [] : ['-c', cluster])].join(' ')),
    fc
      .record({ cluster: optional(label), namespace: optional(label) })
      .map(({ cluster, namespace }) =>
        [
          'use',
          ...(cluster === undefined ? [] : ['-c', cluster]),
          ...(namespace === undefined ? [] : ['-n', namespace]),
        ].join(' '),
      ),
    fc.constantFrom('help', 'help image', 'deployment', 'pod -n prod'),
  )
  .map((text) => parseWords(text.startsWith('explain ') ? ['explain', text.slice(8)] : text.split(' ')))
  .filter((parsed) => parsed.ok)
  .map(({ command }) => command);

/** What Slack and a phone's keyboard do to a text before the app gets it. */
function mangle(
  text: string,
  how: {
    readonly quotes: boolean;
    readonly dashes: boolean;
    readonly links: boolean;
    readonly spaces: boolean;
    readonly mention: boolean;
  },
): string {
  let result = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  if (how.links) {
    result = result
      .split(/(\s)/)
      .map((word) => {
        if (word.startsWith('https://')) return `<${word}>`;
        if (/^[\w./-]+@sha256/.test(word)) return word.replace(/^([^@]+@sha256)/, '<mailto:$1|$1>');
        return /^[a-z0-9-]+\.[a-z]{2,}(?:[:/][\w./:-]*)?$/.test(word) ? `<http://${word}|${word}>` : word;
      })
      .join('');
  }
  if (how.quotes) result = result.replace(/"([^"]*)"/g, '“$1”').replace(/(\w)'(\w)/g, '$1’$2');
  if (how.dashes)
    result = result
      .replace(/(^|\s)--(?=\w)/g, '$1—')
      .replace(/(^|\s)-(?=\w)/g, '$1–')
      .replace(/ -- /g, ' — ');
  if (how.spaces) result = result.replace(/ /g, '\u00a0');
  return how.mention ? `<@U0123ABC> ${result}` : result;
}

describe('properties', () => {
  const ways = fc.record({
    quotes: fc.boolean(),
    dashes: fc.boolean(),
    links: fc.boolean(),
    spaces: fc.boolean(),
    mention: fc.boolean(),
  });

  it("any command survives Slack's mangling", () => {
    fc.assert(
      fc.property(command, ways, (command, how) => {
        const sent = mangle(formatCommand(command), how);
        expect(parseCommand(sent), sent).toEqual({ ok: true, command });
      }),
      { numRuns: 1000 },
    );
  });

  it('no text throws, and every mistake says something', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '<',
        '>',
        '|',
        '<@U1>',
        '-n',
        '--',
        '"',
        "'",
        '`',
        'image',
        'deployment',
        '/',
        '&amp;',
        'as',
        '—',
        'explain',
        'set-image',
        'repull',
        'roll-back',
        'add-pull-secret',
        'pull-policy',
        'undo',
        'history',
        'web',
        'web=:1',
        'to',
        'on',
        'secret',
        'policy',
        'only',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.constantFrom('', ' '), (pieces, glue) => {
        const parsed = parseCommand(pieces.join(glue));
        expect(parsed.ok || parsed.message.length > 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes linear time on long input', () => {
    for (const unit of ['<http:', '"', "'", '`', '-', 'a ', '<@U1', '&amp;', ' ', '/', '<!date^', 'explain ']) {
      const text = unit.repeat(Math.ceil(100_000 / unit.length));
      expect(
        cpuMsOf(() => parseCommand(text)),
        unit,
      ).toBeLessThan(1000);
    }
  });
});
