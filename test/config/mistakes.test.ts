import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { mistakes, parse, pem, seed, seedEnv } from './outside.ts';

describe('mistakes', () => {
  it('are all listed at once, each with its line', () => {
    const text = `registries:
  - name: hub
    registry: dockerhub
    usernamEnv: X
    caFile: missing.pem
  - name: hub
    registry: ghcr.io
    usernameEnv: GHCR_USER
    passwordEnv: GHCR_TOKEN
clusters:
  - id: Dev
slack: {mode: htp}
policy:
  ask:
    - clusters: [dev]
messages:
  - cause: rate_limit
    text: Ask the platform team.
timeouts:
  checkMs: 5s
nonsense: true
`;
    expect(mistakes(text)).toEqual([
      expect.stringMatching(/^imagecheck\.yaml:3: registries\[0]\.registry: expected a registry such as ghcr\.io/),
      'imagecheck.yaml:4: registries[0].usernamEnv: unknown key; did you mean usernameEnv?',
      expect.stringMatching(/^imagecheck\.yaml:5: registries\[0]\.caFile: .* cannot be read$/),
      'imagecheck.yaml:6: registries[1].name: another entry already has this name',
      'imagecheck.yaml:8: registries[1].usernameEnv: environment variable GHCR_USER is not set',
      'imagecheck.yaml:9: registries[1].passwordEnv: environment variable GHCR_TOKEN is not set',
      expect.stringMatching(/^imagecheck\.yaml:11: clusters\[0]\.id: /),
      'imagecheck.yaml:12: slack.mode: expected one of socket, http; did you mean http?',
      expect.stringMatching(/^imagecheck\.yaml:15: policy\.ask\[0]: expected users, groups or channels/),
      expect.stringMatching(/^imagecheck\.yaml:17: messages\[0]\.cause: .*did you mean rate_limited\?$/),
      'imagecheck.yaml:20: timeouts.checkMs: expected a whole number',
      expect.stringMatching(/^imagecheck\.yaml:21: nonsense: unknown key; expected one of registries, /),
    ]);
  });

  it.each([
    ['registries: {name: a}', 'registries: expected a list (lines that start with "- ")'],
    ['registries: [{registry: a.io}]', 'registries[0].name: missing'],
    [
      'registries: [{name: a, registry: a.io, usernameEnv: HOME}]',
      'registries[0].usernameEnv: expected passwordEnv with it',
    ],
    ['registries: [{name: a, registry: a.io, password: x}]', 'secrets come from the environment: write passwordEnv'],
    ['slack: {token: x}', 'secrets come from the environment: write botTokenEnv'],
    ['registries: [{name: a, registry: a.io, endpoint: "ftp://x"}]', 'registries[0].endpoint: expected a URL'],
    ['registries: [{name: a, registry: a.io, endpoint: "https://u:p@x"}]', 'registries[0].endpoint: expected a URL'],
    ['registries: [{name: a, registry: a.io, tokenRealm: "a b"}]', 'registries[0].tokenRealm: expected a host'],
    ['registries: [{name: a, registry: a.io, tokenRealm: [1]}]', 'registries[0].tokenRealm'],
    ['clusters: [{id: a}, {id: a}]', 'clusters[1].id: another entry already has this id'],
    [
      'clusters: [{id: a, mirrors: [{registry: "a.io/x", endpoint: "https://m"}]}]',
      'mirrors[0].registry: expected a registry host',
    ],
    ['messages: [{cause: unauthorized}]', 'messages[0]: expected text, link or both'],
    ['redis: {url: "http://x"}', 'redis.url: expected a URL that starts with redis://'],
    ['redis: {keyPrefix: "a b"}', 'redis.keyPrefix: expected 1 to 64'],
    ['timeouts: {checkMs: 1}', 'timeouts.checkMs: expected at least 100'],
    ['slack: {port: 70000}', 'slack.port: expected at most 65535'],
    ['slack: {teams: [{id: acme, botTokenEnv: HOME}]}', 'slack.teams[0].id: expected a Slack team id'],
    ['- a\n- b', 'expected keys with values'],
    ['a: [', 'not valid YAML'],
    ['a: 1\na: 2', 'not valid YAML'],
    ['a: 1\n---\nb: 2', 'not valid YAML'],
    ['a: *nobody', 'aliases in this file cannot be resolved'],
    ['slack: !secret x', 'not valid YAML'],
  ])('%s', (text, expected) => {
    expect(mistakes(text)).toEqual([expect.stringContaining(expected)]);
  });

  it('name a certificate file that contains no certificate', () => {
    const { privateKey } = generateKeyPairSync('ed25519', {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const broken = pem.replace(/[A-Za-z0-9+/]{20}\n/, '\n');
    for (const content of ['', 'hello', privateKey, broken]) {
      const text = 'registries: [{name: a, registry: a.io, caFile: ca.pem}]';
      expect(mistakes(text, { files: { 'ca.pem': content } })).toEqual([
        expect.stringContaining('has no valid certificate'),
      ]);
    }
  });
});

describe('secrets', () => {
  const secret = 'hunter2-very-secret';

  it.each([
    `registries: [{name: a, registry: a.io, usernameEnv: HOME, passwordEnv: ${secret}}]`,
    `registries: [{name: a, registry: a.io, password: ${secret}}]`,
    `redis: {url: "http://u:${secret}@x"}`,
    `slack: {botTokenEnv: "${secret}", mode: ${secret}}`,
    `slack: {apiUrl: "https://${secret}@x"}`,
    `registries: ${secret}`,
    `registries: [{name: a, registry: "https://u:${secret}@ghcr.io"}]`,
  ])('written in the wrong place are not repeated: %s', (text) => {
    const found = mistakes(text, { role: 'all' });
    expect(found).not.toEqual([]);
    expect(found.join('\n')).not.toContain(secret);
  });

  it('cannot be printed', () => {
    const env = { ...seedEnv, SLACK_BOT_TOKEN: secret, SLACK_APP_TOKEN: secret, REDIS_URL: `redis://:${secret}@r` };
    const config = parse(`${seed}clusters: [{id: a}]`, { role: 'all', env });
    expect(`${inspect(config, { depth: 9 })}${JSON.stringify(config)}`).not.toMatch(/hunter2|dckr_pat/);
    expect(config.slack.botToken?.reveal()).toBe(secret);
  });
});
