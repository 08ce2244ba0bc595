import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/index.ts';
import { reportOfSnapshot } from '../../src/flows/ask/diagnose.ts';
import { objectDiff } from '../../src/kubernetes/write/object-diff.ts';
import { createLog } from '../../src/log.ts';
import { redactSnapshot } from '../../src/model/snapshot/redact-snapshot.ts';
import { readSnapshot, writeSnapshot } from '../../src/model/snapshot/snapshot-file.ts';
import { formsOf, withoutSecrets } from '../../src/model/text/echoes.ts';
import { redact } from '../../src/model/text/redact.ts';
import { known } from '../../src/model/values/fact.ts';
import { type Credential, Secret } from '../../src/model/values/secret.ts';
import { aConfig, as, digestOf, refused } from '../support/probes.ts';
import { aContainer, anEvent, aSnapshot, crashed, env, minutesAgo, type Story } from '../support/snapshot.ts';

/** What must be found nowhere. */
const canary = 'Hunter2xCanary';
const encoded = Buffer.from(`app:${canary}`).toString('base64');
const jwt = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify({ sub: canary })).toString('base64url')}.c2lnbmF0dXJl`;
const pem = `-----BEGIN EC PRIVATE KEY-----\n${canary}\n-----END EC PRIVATE KEY-----`;

/** How people give a program its secret in words. */
const words: readonly (readonly string[])[] = [
  ['app', '--password', canary],
  ['app', `--password=${canary}`],
  ['mysql', '-uroot', `-p${canary}`],
  ['docker', 'login', '-u', 'u', '-p', canary],
  ['curl', '-u', `u:${canary}`, 'https://example.com'],
  ['sh', '-c', `curl -u u:${canary} https://example.com`],
  ['curl', `--user=u:${canary}`, 'https://example.com'],
  ['curl', '-H', `Authorization: Bearer ${canary}${canary}`],
  ['curl', '-H', `X-Api-Key: ${canary}`],
  ['redis-server', '--requirepass', canary],
  ['redis-cli', '-a', canary, 'ping'],
  ['sshpass', '-p', canary, 'ssh', 'host'],
  ['java', `-Djavax.net.ssl.keyStorePassword=${canary}`],
  ['sh', '-c', `export DB_PWD=${canary}; exec app`],
  ['app', `postgres://u:${canary}@db:5432/shop`],
  ['app', `u:${canary}@tcp(db:3306)/shop`],
];

/** How people give it in variables. */
const variables: Readonly<Record<string, string>> = {
  DB_PWD: canary,
  DB_PASS: canary,
  JWT_SIGNING_KEY: canary,
  SESSION_COOKIE: canary,
  PGPASSWORD: canary,
  DATABASE_URL: `postgres://u:${canary}@db/shop`,
  MYSQL_DSN: `u:${canary}@tcp(db:3306)/shop`,
  STORAGE_CONNECTION_STRING: `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${canary}==`,
  SQL: `Server=db;User Id=sa;Password=${canary};`,
  TLS: pem,
  SESSION: jwt,
  DOCKER_AUTH: encoded,
  DOCKER_CONFIG_JSON: `{"auths":{"ghcr.io":{"username":"u","password":"${canary}"}}}`,
  OPTIONS: `--password ${canary}`,
  MASTER_KEY: canary,
};

/** Forms that only their place shows to be secret: hidden in settings, but no text can be searched for them. */
const unmarked: Readonly<Record<string, string>> = { PIN: canary, LICENCE: canary, X_REPO_NOTE: canary };

const hides = (text: string): void => {
  expect(text).not.toContain(canary);
  expect(text).not.toContain(encoded);
  expect(text).not.toContain(jwt);
};

/** Everything that is made from what was read. */
function expectHidden(story: Story): void {
  const snapshot = aSnapshot(story);
  expect(JSON.stringify(snapshot)).toMatch(/Hunter2xCanary|eyJ|YXBw/);
  const saved = writeSnapshot(snapshot);
  hides(saved);
  const redacted = redactSnapshot(snapshot);
  hides(JSON.stringify(reportOfSnapshot(redacted)));
  const read = readSnapshot(saved);
  if (!read.ok) throw new Error(read.reason);
  expect(reportOfSnapshot(read.snapshot)).toEqual(reportOfSnapshot(redacted));
}

const crash = crashed(1);

describe('a saved snapshot and its report hold no secret', () => {
  it.each(words.map((all) => [all.join(' '), all] as const))('in the arguments %s', (_, all) => {
    for (const patch of [{ command: all }, { args: all }, { command: all.slice(0, 1), args: all.slice(1) }]) {
      expectHidden({ containers: [aContainer(patch)], state: crash });
      // A command that waits is quoted.
      const waiting = { ...patch, args: [...(patch.args ?? []), ';', 'sleep', 'infinity'] };
      const idling = { containers: [aContainer(waiting)], probe: { placeholder: 'ghcr.io/acme/web:*' } };
      expectHidden(idling);
      expect(JSON.stringify(runChecks(redactSnapshot(aSnapshot(idling))))).toContain('sleep infinity');
    }
  });

  it.each(Object.entries({ ...variables, ...unmarked }))('in the variable %s', (name, value) => {
    const pairs = { [name]: value };
    expectHidden({ containers: [aContainer({ env: env(pairs) })], state: crash });
    expectHidden({ environment: { web: env(pairs, 'configMap/app') }, state: crash });
    const ref = { kind: 'Job' as const, namespace: 'shop', name: 'x' };
    expectHidden({ neighbours: known([{ ref, containers: [aContainer({ env: env(pairs) })] }]) });
    expectHidden({ probe: { configs: known([aConfig('one', { env: [`${name}=${value}`] })]) } });
  });

  it.each([
    ...words.map((all) => all.join(' ')),
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
  ])('in a message: %s', (text) => {
    expectHidden({ events: known([anEvent('p', 'Failed', text)]), state: crash });
    expectHidden({ state: { waiting: { reason: 'CreateContainerError', message: text } } });
    expectHidden({ state: crashed(128, 'StartError', text) });
    hides(redact(text));
  });

  it('in a termination message, whatever it says', () => {
    expectHidden({ state: crashed(1, 'Error', `my pin is ${canary}\npanic: bye`) });
    expectHidden({ state: { ready: false, terminated: { reason: 'Error', exitCode: 1, message: canary } } });
  });

  it('in annotations of other programs, and in the cause of a revision', () => {
    expectHidden({ workload: { annotations: { 'example.com/pin': canary, 'kubernetes.io/change-cause': canary } } });
    const by = `kubectl set env deploy/web DB_PWD=${canary}`;
    const revision = { name: 'web-1', number: 1, createdAt: minutesAgo(9), images: {}, replicas: 1, by };
    expectHidden({ revisions: known([revision]) });
  });
});

describe('the diff of a plan holds no secret', () => {
  const podOf = (image: string, args: readonly string[]): object => ({
    metadata: { name: 'web', annotations: { 'example.com/pin': canary, 'imagecheck.dev/last-approval': image } },
    spec: {
      containers: [
        {
          name: 'web',
          image,
          args,
          command: args,
          env: [{ name: 'PIN', value: canary }],
          livenessProbe: { httpGet: { httpHeaders: [{ name: 'X-Pin', value: canary }] }, exec: { command: args } },
        },
      ],
    },
  });

  it.each(words.map((all) => [all.join(' '), all] as const))('beside the arguments %s', (_, all) => {
    const diff = objectDiff('deployment/web', podOf('web:1', all), podOf('web:2', all));
    expect(diff).toMatch(/^[+-] +image: web:[12]$/m);
    expect(diff).toContain('last-approval: web:2');
    hides(diff);
  });
});

describe('what checks read', () => {
  const reference = `ghcr.io/acme/bundle@${digestOf('b')}`;
  const pairs = {
    REGISTRY: 'https://acme.azurecr.io/team',
    BUNDLE_REF: reference,
    MODEL_DIGEST: digestOf('m'),
    BUNDLE_REPOSITORY: 'ghcr.io/acme/bundle',
  };

  it('stays as it was', () => {
    const args = ['--bundle-ref', reference, `--model-digest=${digestOf('m')}`];
    const command = ['sh', '-c', 'while true; do sleep 600; done'];
    const [container] = redactSnapshot(aSnapshot({ containers: [aContainer({ env: env(pairs), args, command })] }))
      .template.containers;
    expect(container?.env).toEqual(env(pairs));
    expect(container?.args).toEqual(args);
    expect(container?.command).toEqual(['sh', '-c', 'while true … sleep 600']);
  });

  it('is told by kind and length where it is hidden', () => {
    const values = { A: '12345', B: 'https://x/y', C: '{"a":1}', D: 'some text', E: '' };
    const [container] = redactSnapshot(aSnapshot({ containers: [aContainer({ env: env(values) })] })).template
      .containers;
    expect(container?.env.map(({ value }) => value)).toEqual([
      '[number, 5 characters]',
      '[URL, 11 characters]',
      '[JSON, 7 characters]',
      '[text, 9 characters]',
      '',
    ]);
  });
});

const credential: Credential = { username: 'robot', password: new Secret('p/w+Ü "7' + canary) };
const password = credential.password.reveal();
const pair = `robot:${password}`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What a server may answer that has seen the credential. */
const echoes: readonly (readonly [string, string])[] = [
  ['as it is', password],
  ['in a URL', encodeURIComponent(password)],
  ['in a URL, with small letters', encodeURIComponent(password).replaceAll(/%../g, (part) => part.toLowerCase())],
  ['in a form', new URLSearchParams({ p: password }).toString()],
  ['in JSON', JSON.stringify({ password })],
  ['as the header', base64(pair)],
  ['as the header, without padding', base64(pair).replaceAll('=', '')],
  ['in base64 alone', base64(password)],
  ['in base64 alone, without padding', base64(password).replaceAll('=', '')],
  ['in base64 for URLs', Buffer.from(pair).toString('base64url')],
  ['in base64 with something behind it', base64(`${pair}\n`)],
  ['in base64 after another user name', base64(`someone:${password}`)],
  ['in hexadecimal', Buffer.from(password).toString('hex')],
  ['in hexadecimal with the user name, in capitals', Buffer.from(pair).toString('hex').toUpperCase()],
];

describe('an echo of a configured credential', () => {
  /** Six characters of the secret in a row, in any form, are too many. */
  const shows = (text: string): boolean =>
    formsOf(password).some((form) => text.toLowerCase().includes(form.toLowerCase().slice(3, 15)));

  it.each(echoes)('is found %s: in snapshots, reports and logs', (_, echo) => {
    expect(shows(echo)).toBe(true);
    const said = `denied for ${echo} today`;
    const snapshot = redactSnapshot(
      aSnapshot({
        events: known([anEvent('p', 'Failed', said)]),
        probe: { attempts: [as('bot', refused(401, { message: said }))] },
      }),
      [credential],
    );
    expect(shows(JSON.stringify(snapshot))).toBe(false);
    expect(shows(JSON.stringify(reportOfSnapshot(snapshot)))).toBe(false);
    expect(JSON.stringify(snapshot)).toContain('today');
    expect(shows(withoutSecrets(said, formsOf(password)))).toBe(false);
    const lines: string[] = [];
    const destination = new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) });
    createLog('info', destination, [credential.password]).warn({ reason: said, error: new Error(said) }, 'refused');
    expect(lines.join('')).toContain('refused');
    expect(shows(lines.join(''))).toBe(false);
  });
});
