import { describe, expect, it } from 'vitest';
import type { Role } from '../../src/config/outside.ts';
import { mistakes, parse, pem, seed, seedEnv } from './outside.ts';

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
    '%j is not a registry',
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
          files: ['/etc/kube/dev'],
          context: 'arn:aws:eks:eu-west-1:123456789012:cluster/dev',
        },
      },
      { id: 'prod', access: { type: 'kubeconfig', files: ['/nowhere/a'] } },
    ]);
    expect(config.mirrors).toEqual([
      { cluster: 'dev-eu', registry: 'docker.io', endpoint: new URL('https://mirror.acme.io/hub'), ca: pem },
      { cluster: 'dev-eu', registry: 'ghcr.io', endpoint: new URL('http://10.0.0.5:5000') },
    ]);
  });

  it.each(['Dev', 'dev_eu', '-dev', 'dev-', 'arn:aws:eks:x', 'a'.repeat(64), ''])('%j is not a cluster id', (id) => {
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

  it('needs at least one cluster', () => {
    expect(mistakes('', { role: 'bot', env })).toEqual([expect.stringContaining('clusters: expected at least one')]);
  });
});

describe('who may ask', () => {
  it('is everyone in the channels of slack.channels', () => {
    expect(parse('slack: {channels: ["#incidents", C0123]}').ask).toEqual([
      { users: [], groups: [], channels: ['incidents', 'C0123'], clusters: ['*'], namespaces: ['*'], commands: ['*'] },
    ]);
  });

  it('is decided by policy.ask, which allows nobody when it is empty', () => {
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
    const own = { httpProxy: 'http://b:2', httpsProxy: 'http://c:3', noProxy: '.svc', unresolvedNames: 'refuse' };
    expect(parse('proxy: { unresolvedNames: refuse }', { env }).proxy).toEqual(own);
    expect(parse('', { env }).proxy).toEqual({ httpProxy: 'http://b:2', httpsProxy: 'http://c:3', noProxy: '.svc' });
  });

  it('lets IMAGECHECK_LOG_LEVEL win', () => {
    expect(parse('log: {level: warn}', { env: { IMAGECHECK_LOG_LEVEL: 'debug' } }).log.level).toBe('debug');
    expect(mistakes('', { env: { IMAGECHECK_LOG_LEVEL: 'loud' } })).toEqual([
      expect.stringContaining('IMAGECHECK_LOG_LEVEL'),
    ]);
  });
});

describe('the workspace of a rule', () => {
  const teams = 'slack: {teams: [{id: T1, botTokenEnv: ONE}, {id: T2, botTokenEnv: TWO}], channels: [ops]}\n';
  const rules = 'policy: {ask: [{users: [U0ANA]}], approve: [{users: [U0ANA]}, {team: T2, groups: [sre]}]}';

  it('is the first that is configured, unless it names another one', () => {
    const { ask, approve } = parse(`${teams}${rules}`);
    expect([...ask, ...approve.rules].map(({ team }) => team)).toEqual(['T1', 'T1', 'T2']);
    expect(parse(teams).ask).toMatchObject([{ team: 'T1', channels: ['ops'] }]);
    expect(parse('slack: {channels: [ops]}').ask[0]).not.toHaveProperty('team');
  });

  it.each([
    [`${teams}policy: {ask: [{team: T3, users: [U1]}]}`, 'policy.ask[0].team: expected one of slack.teams: T1, T2'],
    [rules, 'policy.ask[0].team: expected team, because another rule names its own, or slack.teams'],
    ['policy: {approve: [{team: E1, groups: [sre, S0SRE11]}]}', 'policy.approve[0].groups: expected ids'],
    ['policy: {ask: [{team: E1, channels: [ops]}]}', 'policy.ask[0].channels: expected ids'],
    ['policy: {breakGlass: [{team: x, users: [U1], remedies: [undo], securityChannel: C1}]}', 'a Slack team id'],
  ])('has to be clear: %s', (text, mistake) => {
    expect(mistakes(text).join('\n')).toContain(mistake);
  });
});
