import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Role } from '../../src/config/outside.ts';
import { ConfigError, parseConfig } from '../../src/config.ts';
import { outside } from './outside.ts';

const pem = readFileSync(join(import.meta.dirname, '../fixtures/config/ca.pem'), 'utf8');

function parse(text: string, settings: Parameters<typeof outside>[0] = {}) {
  return parseConfig(text, 'imagecheck.yaml', outside(settings));
}

/** The lines of the message, without its heading. */
function mistakes(text: string, settings: Parameters<typeof outside>[0] = {}): readonly string[] {
  try {
    parse(text, settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

const seed = `registries:
  - name: dockerhub
    registry: https://index.docker.io/v1/
    usernameEnv: DOCKERHUB_USERNAME
    passwordEnv: DOCKERHUB_TOKEN
    appliesTo:
      - nats           # Docker Hub images
      - prometheus
      - grafana
`;
const seedEnv = { DOCKERHUB_USERNAME: 'ada', DOCKERHUB_TOKEN: 'dckr_pat_x' };

describe('defaults', () => {
  it.each(['', '# nothing\n', '{}\n', 'null\n', '---\n'])('%j is a whole configuration', (text) => {
    const config = parse(text);
    expect(config).toMatchObject({
      clusters: [],
      registries: [],
      mirrors: [],
      ask: [],
      proxy: {},
      log: { level: 'info' },
      slack: { mode: 'socket', port: 3000, teams: [] },
      redis: { keyPrefix: 'imagecheck' },
    });
    expect(config.redis.url.reveal()).toBe('redis://127.0.0.1:6379');
    expect(config.placeholders).toContain('nginx:alpine');
  });
});

describe('registries', () => {
  it('accepts the shape of the bootstrap configuration as it stands', () => {
    const [registry, ...others] = parse(seed, { env: seedEnv }).registries;
    expect(others).toEqual([]);
    expect(registry).toMatchObject({
      name: 'dockerhub',
      host: 'docker.io',
      appliesTo: ['nats', 'prometheus', 'grafana'],
      tokenRealms: [],
      credential: { username: 'ada' },
    });
    expect(registry?.credential?.password.reveal()).toBe('dckr_pat_x');
    expect(registry).not.toHaveProperty('pathPrefix');
  });

  it.each([
    ['https://index.docker.io/v1/', { host: 'docker.io' }],
    ['index.docker.io', { host: 'docker.io' }],
    ['registry-1.docker.io', { host: 'docker.io' }],
    ['docker.io/acme', { host: 'docker.io', pathPrefix: 'acme' }],
    ['GHCR.io', { host: 'ghcr.io' }],
    ['ghcr.io/acme', { host: 'ghcr.io', pathPrefix: 'acme' }],
    ['ghcr.io/acme/team/', { host: 'ghcr.io', pathPrefix: 'acme/team' }],
    ['https://shop.azurecr.io', { host: 'shop.azurecr.io' }],
    ['https://quay.io/v2/', { host: 'quay.io' }],
    ['registry:5000', { host: 'registry:5000' }],
    ['127.0.0.1:5000', { host: '127.0.0.1:5000' }],
    ['[::1]:5000', { host: '[::1]:5000' }],
    ['localhost', { host: 'localhost' }],
    ['docker.io.example.net', { host: 'docker.io.example.net' }],
    ['evildocker.io', { host: 'evildocker.io' }],
  ])('%s is read as %o', (registry, expected) => {
    const [setting] = parse(JSON.stringify({ registries: [{ name: 'a', registry }] })).registries;
    expect({ host: setting?.host, pathPrefix: setting?.pathPrefix }).toEqual({ pathPrefix: undefined, ...expected });
  });

  it.each(['dockerhub', 'http://ghcr.io', 'ghcr.io/Acme', 'user@ghcr.io', 'ghcr .io', '-a.io', 'ghcr.io?x', ''])(
    '%j is no registry',
    (registry) => {
      const found = mistakes(JSON.stringify({ registries: [{ name: 'a', registry }] }));
      expect(found).toEqual([expect.stringContaining('registries[0].registry: expected')]);
    },
  );

  it('resolves endpoint, certificates, realms', () => {
    const text = `registries:
  - name: acme
    registry: registry.acme.io
    endpoint: http://127.0.0.1:5000
    caFile: ca.pem
    tokenRealm: https://Auth.acme.io/token
    allowPrivateAddresses: false
  - {name: b, registry: b.io, tokenRealm: [a.io, "b.io:444"]}
`;
    const [acme, other] = parse(text, { files: { 'ca.pem': pem } }).registries;
    expect(acme).toMatchObject({ ca: pem, tokenRealms: ['auth.acme.io'], allowPrivateAddresses: false });
    expect(acme?.endpoint?.href).toBe('http://127.0.0.1:5000/');
    expect(other).toMatchObject({ tokenRealms: ['a.io', 'b.io:444'], allowPrivateAddresses: true });
  });

  it('gives a bot no credential, and does not ask for one', () => {
    const text = `${seed}clusters: [{id: dev}]\n`;
    const env = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' };
    const config = parse(text, { role: 'bot', env });
    expect(config.registries[0]).not.toHaveProperty('credential');
    expect(parse(text, { role: 'bot', env: { ...env, ...seedEnv } }).registries[0]).not.toHaveProperty('credential');
  });
});

describe('clusters', () => {
  it('keeps ids, contexts, kubeconfigs and mirrors', () => {
    const text = `clusters:
  - id: dev-eu
    context: arn:aws:eks:eu-west-1:123456789012:cluster/dev
    kubeconfig: kube/dev
    mirrors:
      - {registry: index.docker.io, endpoint: "https://mirror.acme.io/hub", caFile: ca.pem}
      - {registry: ghcr.io, endpoint: "http://10.0.0.5:5000"}
  - id: prod
`;
    const config = parse(text, { files: { 'ca.pem': pem }, env: { KUBECONFIG: '/nowhere/a' } });
    expect(config.clusters).toEqual([
      {
        id: 'dev-eu',
        access: {
          type: 'kubeconfig',
          kubeconfig: '/etc/kube/dev',
          context: 'arn:aws:eks:eu-west-1:123456789012:cluster/dev',
        },
      },
      { id: 'prod', access: { type: 'kubeconfig' } },
    ]);
    expect(config.mirrors).toEqual([
      { cluster: 'dev-eu', registry: 'docker.io', endpoint: new URL('https://mirror.acme.io/hub'), ca: pem },
      { cluster: 'dev-eu', registry: 'ghcr.io', endpoint: new URL('http://10.0.0.5:5000') },
    ]);
  });

  it.each(['Dev', 'dev_eu', '-dev', 'dev-', 'arn:aws:eks:x', 'a'.repeat(64), ''])('%j is no cluster id', (id) => {
    expect(mistakes(JSON.stringify({ clusters: [{ id }] }))).toEqual([expect.stringContaining('clusters[0].id:')]);
  });
});

describe('slack', () => {
  const env = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', SLACK_SIGNING_SECRET: 's' };
  const clusters = 'clusters: [{id: dev}]\n';

  it('gives a worker no token', () => {
    const { slack } = parse('slack: {teams: [{id: T1, botTokenEnv: SLACK_BOT_TOKEN}]}', { role: 'worker', env });
    expect(slack).toEqual({ mode: 'socket', port: 3000, teams: [] });
  });

  it.each<[Role, string, Readonly<Record<string, string>>, readonly string[]]>([
    ['terminal', '', {}, []],
    ['worker', '', {}, []],
    ['bot', '', env, []],
    [
      'all',
      '',
      {},
      [
        'slack.botTokenEnv: environment variable SLACK_BOT_TOKEN is not set',
        'slack.appTokenEnv: environment variable SLACK_APP_TOKEN is not set',
      ],
    ],
    [
      'bot',
      'slack: {mode: http}',
      { SLACK_BOT_TOKEN: 'x' },
      ['slack.signingSecretEnv: environment variable SLACK_SIGNING_SECRET is not set'],
    ],
    ['bot', 'slack: {mode: http}', { SLACK_BOT_TOKEN: 'x', SLACK_SIGNING_SECRET: 'y' }, []],
    [
      'bot',
      'slack: {botTokenEnv: MY_TOKEN}',
      { SLACK_APP_TOKEN: 'x' },
      ['slack.botTokenEnv: environment variable MY_TOKEN is not set'],
    ],
    ['bot', 'slack: {teams: [{id: T1, botTokenEnv: ONE}]}', { SLACK_APP_TOKEN: 'x', ONE: 'y' }, []],
    [
      'bot',
      'slack: {teams: [{id: T1, botTokenEnv: ONE}]}',
      { SLACK_APP_TOKEN: 'x' },
      ['slack.teams[0].botTokenEnv: environment variable ONE is not set'],
    ],
    [
      'bot',
      '',
      { SLACK_APP_TOKEN: ' ', SLACK_BOT_TOKEN: 'x' },
      ['slack.appTokenEnv: environment variable SLACK_APP_TOKEN is not set'],
    ],
  ])('%s with %j and %o', (role, text, variables, expected) => {
    const found = mistakes(`${clusters}${text}`, { role, env: variables });
    expect(found.map((line) => line.replace(/^imagecheck.yaml(:\d+)?: /, ''))).toEqual(expected);
  });

  it('reads everything a bot needs', () => {
    const text = `${clusters}slack:
  apiUrl: http://127.0.0.1:8080/api
  teams: [{id: T1, botTokenEnv: SLACK_BOT_TOKEN}]
`;
    const { slack } = parse(text, { role: 'bot', env });
    expect(slack).toMatchObject({ mode: 'socket', apiUrl: 'http://127.0.0.1:8080/api/', teams: [{ id: 'T1' }] });
    expect(slack.appToken?.reveal()).toBe('xapp-1');
    expect(slack.teams[0]?.botToken.reveal()).toBe('xoxb-1');
  });

  it('needs a cluster to speak of', () => {
    expect(mistakes('', { role: 'bot', env })).toEqual([expect.stringContaining('clusters: expected at least one')]);
  });
});

describe('who may ask', () => {
  it('is everyone in the channels of slack.channels', () => {
    expect(parse('slack: {channels: ["#incidents", C0123]}').ask).toEqual([
      { users: [], groups: [], channels: ['incidents', 'C0123'], clusters: ['*'], namespaces: ['*'], commands: ['*'] },
    ]);
  });

  it('is what policy.ask says, and nobody when it is empty', () => {
    const text =
      'slack: {channels: [a]}\npolicy: {ask: [{users: ["@U1"], groups: [S1], clusters: ["dev-*"], commands: [check]}]}';
    expect(parse(text).ask).toEqual([
      { users: ['U1'], groups: ['S1'], channels: [], clusters: ['dev-*'], namespaces: ['*'], commands: ['check'] },
    ]);
    expect(parse('slack: {channels: [a]}\npolicy: {ask: []}').ask).toEqual([]);
  });
});

describe('redis, proxy, log', () => {
  it.each([
    ['', {}, 'redis://127.0.0.1:6379'],
    ['redis: {url: "rediss://r.acme.io"}', {}, 'rediss://r.acme.io'],
    ['redis: {url: "redis://a"}', { REDIS_URL: 'redis://u:p@b/1' }, 'redis://u:p@b/1'],
    [
      'redis: {urlEnv: MY_REDIS}',
      { MY_REDIS: 'redis+sentinel://a:26379,b:26379/main' },
      'redis+sentinel://a:26379,b:26379/main',
    ],
  ])('%j with %o is %s', (text, env, expected) => {
    expect(parse(text, { env }).redis.url.reveal()).toBe(expected);
  });

  it('takes the proxy from the usual variables, lower case first', () => {
    const env = { HTTP_PROXY: 'http://a:1', http_proxy: 'http://b:2', HTTPS_PROXY: 'http://c:3', no_proxy: '.svc' };
    expect(parse('', { env }).proxy).toEqual({ httpProxy: 'http://b:2', httpsProxy: 'http://c:3', noProxy: '.svc' });
  });

  it('lets IMAGECHECK_LOG_LEVEL win', () => {
    expect(parse('log: {level: warn}', { env: { IMAGECHECK_LOG_LEVEL: 'debug' } }).log.level).toBe('debug');
    expect(mistakes('', { env: { IMAGECHECK_LOG_LEVEL: 'loud' } })).toEqual([
      expect.stringContaining('IMAGECHECK_LOG_LEVEL'),
    ]);
  });
});

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
      'registries[0].usernameEnv: expected passwordEnv beside it',
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

  it('name a certificate file that holds none', () => {
    const { privateKey } = generateKeyPairSync('ed25519', {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const broken = pem.replace(/[A-Za-z0-9+/]{20}\n/, '\n');
    for (const content of ['', 'hello', privateKey, broken]) {
      const text = 'registries: [{name: a, registry: a.io, caFile: ca.pem}]';
      expect(mistakes(text, { files: { 'ca.pem': content } })).toEqual([
        expect.stringContaining('holds no valid certificate'),
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
