import { describe, expect, it } from 'vitest';
import { known, unknown } from '../../src/model/values/fact.ts';
import { remedyOf } from '../support/remedies.ts';
import { anIdentity, aWorld, operationTexts, planned, planOf, type WorldStory } from '../support/remedy-world.ts';
import { aContainer, aSnapshot, now, waiting } from '../support/snapshot.ts';

const hub = { name: 'hub', host: 'docker.io' };
const ghcr = { name: 'ghcr', host: 'ghcr.io' };
const acme = { name: 'acme', host: 'ghcr.io', pathPrefix: 'acme' };
const other = { name: 'other', host: 'ghcr.io', pathPrefix: 'other' };
const name = 'imagecheck-ghcr-io';
const none = new Map([[name, { kind: 'absent' as const }]]);
const there = (patch = {}) => new Map([[name, { kind: 'found' as const, value: anIdentity(patch) }]]);
const pulling = { state: waiting('ImagePullBackOff') };
const base: WorldStory = { credentials: [ghcr], secrets: none, story: pulling };
const write = `write ${name} ghcr.io from ghcr over null`;
const account = `account default add ${name}`;
const restart = `edit restartedAt ${now}`;
const ref = (kind: 'Job' | 'Pod' | 'CronJob') => ({ ref: { kind, namespace: 'shop', name: 'web' } }) as const;

describe('operations', () => {
  it.each<[string, object, WorldStory, readonly string[]]>([
    ['pods that wait', { registry: 'ghcr.io' }, {}, [write, account, restart]],
    ['pods that run', { registry: 'ghcr.io' }, { story: {} }, [write, account]],
    [
      'as findings propose it',
      { registry: 'ghcr.io', namespace: 'shop', serviceAccount: 'default' },
      {},
      [write, account, restart],
    ],
    [
      'a Secret that is there',
      { registry: 'ghcr.io' },
      { secrets: there() },
      [write.replace('null', 'uid-secret'), account, restart],
    ],
    ['on the template', { registry: 'ghcr.io', attach: 'template' }, {}, [write, `edit add pull secret ${name}`]],
    [
      'on a template that names others',
      { registry: 'ghcr.io' },
      { story: { ...pulling, template: { pullSecretNames: ['regcred'] } } },
      [write, `edit add pull secret ${name}`],
    ],
    [
      'on the template, with those of the service account',
      { registry: 'ghcr.io', attach: 'template' },
      { story: { serviceAccount: known({ name: 'default', pullSecretNames: ['shared'], annotations: {} }) } },
      [write, 'edit add pull secret shared', `edit add pull secret ${name}`],
    ],
    [
      'on the template, with none of the service account that has no name',
      { registry: 'ghcr.io', attach: 'template' },
      { story: { serviceAccount: known({ name: 'default', pullSecretNames: [''], annotations: {} }) } },
      [write, `edit add pull secret ${name}`],
    ],
    [
      'a Secret that the template names',
      { registry: 'ghcr.io' },
      { story: { ...pulling, template: { pullSecretNames: [name] } } },
      [write],
    ],
    [
      'a Secret that the account names',
      { registry: 'ghcr.io' },
      { story: { ...pulling, serviceAccount: known({ name: 'default', pullSecretNames: [name], annotations: {} }) } },
      [write, restart],
    ],
    [
      'OnDelete',
      { registry: 'ghcr.io' },
      { rollout: { strategy: 'OnDelete' } },
      [write, account, restart, `delete pods before ${now}`],
    ],
    ['a CronJob', { registry: 'ghcr.io' }, { story: { ...pulling, workload: ref('CronJob') } }, [write, account]],
    [
      'Docker Hub by one of its hosts',
      { registry: 'https://index.docker.io/v1/', secret: 'hub' },
      {
        credentials: [hub],
        secrets: new Map([['hub', { kind: 'absent' }]]),
        story: { containers: [aContainer({ image: 'nginx' })] },
      },
      ['write hub https://index.docker.io/v1/ from hub over null', 'account default add hub'],
    ],
    [
      'the entry that the images need',
      { registry: 'ghcr.io' },
      { credentials: [acme, other] },
      [write.replace('ghcr.io from ghcr', 'ghcr.io/acme from acme'), account, restart],
    ],
    [
      'an entry by its name',
      { registry: 'other' },
      { credentials: [acme, other], secrets: new Map([['imagecheck-other', { kind: 'absent' }]]) },
      ['write imagecheck-other ghcr.io/other from other over null', 'account default add imagecheck-other', restart],
    ],
  ])('%s', (_, params, patch, expected) => {
    expect(operationTexts(planned('add-pull-secret', params, aWorld({ ...base, ...patch })))).toEqual(expected);
  });

  it('asks for the Secret that it will write', () => {
    expect(remedyOf('add-pull-secret').needs({ registry: 'ghcr.io' }, aSnapshot())).toEqual({
      images: [aContainer().image],
      secrets: [name],
      serviceAccount: true,
      earlierTemplates: false,
    });
  });
});

describe('refusals', () => {
  it.each<[string, object, WorldStory, string]>([
    ['no credential', { registry: 'quay.io' }, {}, 'no credential for quay.io'],
    ['a look-alike host', { registry: 'ghcr.io.example.net' }, {}, 'no credential for ghcr.io.example.net'],
    [
      'several credentials',
      { registry: 'ghcr.io' },
      { credentials: [ghcr, acme] },
      'ghcr (ghcr.io) and acme (ghcr.io/acme)',
    ],
    ['a Secret of another type', { registry: 'ghcr.io' }, { secrets: there({ type: 'Opaque' }) }, 'of type Opaque'],
    [
      'a Secret of External Secrets',
      { registry: 'ghcr.io' },
      { secrets: there({ owners: ['ExternalSecret/x'] }) },
      'kept up by ExternalSecret/x',
    ],
    [
      'one without an owner reference',
      { registry: 'ghcr.io' },
      { secrets: there({ managers: ['externalsecrets.external-secrets.io/x'] }) },
      'External Secrets',
    ],
    [
      'one with its annotation',
      { registry: 'ghcr.io' },
      { secrets: there({ annotations: { 'reconcile.external-secrets.io/data-hash': 'x' } }) },
      'External Secrets',
    ],
    [
      'a Secret of Sealed Secrets',
      { registry: 'ghcr.io' },
      { secrets: there({ annotations: { 'sealedsecrets.bitnami.com/managed': 'true' } }) },
      'Sealed Secrets',
    ],
    [
      'a Secret that could not be read',
      { registry: 'ghcr.io' },
      { secrets: new Map([[name, { kind: 'unknown', why: 'forbidden', missingRight: 'get secrets' }]]) },
      'no right to get secrets',
    ],
    ['a name that is none', { registry: 'ghcr.io', secret: 'Bad_Name' }, {}, 'isn’t a valid name for a Secret'],
    ['another namespace', { registry: 'ghcr.io', namespace: 'prod' }, {}, 'is in namespace shop'],
    ['another service account', { registry: 'ghcr.io', serviceAccount: 'ci' }, {}, 'runs as service account default'],
    [
      'a service account that could not be read',
      { registry: 'ghcr.io' },
      { serviceAccount: { kind: 'unknown', why: 'forbidden', missingRight: 'get serviceaccounts' } },
      'no right to get serviceaccounts',
    ],
    [
      'a service account that does not exist',
      { registry: 'ghcr.io' },
      { serviceAccount: { kind: 'absent' } },
      'does not exist',
    ],
    [
      'an account whose secrets no pod gets',
      { registry: 'ghcr.io', attach: 'serviceAccount' },
      { story: { template: { pullSecretNames: ['a'] } } },
      'get none from service account',
    ],
    [
      'a bare pod',
      { registry: 'ghcr.io' },
      { story: { workload: ref('Pod') } },
      'keeps the pull secrets it was created with',
    ],
    [
      'the template of a Job',
      { registry: 'ghcr.io', attach: 'template' },
      { story: { workload: ref('Job') } },
      'Job cannot be changed',
    ],
  ])('%s', (_, params, patch, why) => {
    const plan = planOf('add-pull-secret', params, aWorld({ ...base, ...patch }));
    expect(plan).toMatchObject({ kind: 'refused', why: expect.stringContaining(why) });
  });

  it('names the line to add', () => {
    const { remedy } = planOf('add-pull-secret', { registry: 'quay.io' }, aWorld(base)) as { remedy?: string };
    expect(remedy).toContain('registry: quay.io, usernameEnv');
  });

  it('managers that only look alike do not matter', () => {
    const plan = planOf(
      'add-pull-secret',
      { registry: 'ghcr.io' },
      aWorld({ ...base, secrets: there({ managers: ['my-external-secrets-copy', 'kubectl'] }) }),
    );
    expect(plan.kind).toBe('planned');
  });
});

describe('undo and what people are told', () => {
  it('takes it out again', () => {
    const { undo } = planned('add-pull-secret', { registry: 'ghcr.io' }, aWorld(base));
    expect(operationTexts(undo)).toEqual([`account default remove ${name}`, `restore ${name} of this`]);
    const template = planned('add-pull-secret', { registry: 'ghcr.io', attach: 'template' }, aWorld(base)).undo;
    expect(operationTexts(template)).toEqual([`edit remove pull secret ${name}`, `restore ${name} of this`]);
  });

  it('a service account is for every pod of it', () => {
    const plan = planned('add-pull-secret', { registry: 'ghcr.io' }, aWorld(base));
    expect(plan.effects.join()).toContain('also those of other workloads');
    expect(plan.risk).toBe('medium');
  });

  it('pods of a Job that wait have to be deleted', () => {
    const plan = planned(
      'add-pull-secret',
      { registry: 'ghcr.io' },
      aWorld({ ...base, story: { ...pulling, workload: ref('Job') } }),
    );
    expect(plan.warnings.join()).toContain('kubectl -n shop delete pods -l app=web');
  });

  it('a pull secret switches streaming off at ACR', () => {
    const acr = { name: 'shop', host: 'shop.azurecr.io' };
    const story = { containers: [aContainer({ image: 'shop.azurecr.io/web:1' })] };
    const plan = planned(
      'add-pull-secret',
      { registry: 'shop', secret: 's' },
      aWorld({
        credentials: [acr],
        secrets: new Map([['s', { kind: 'absent' }]]),
        story,
        images: { 'shop.azurecr.io/web:1': unknown('x') },
      }),
    );
    expect(plan.effects.join()).toContain('switches artifact streaming off');
  });

  it('commands never hold a secret, and keep the other entries', () => {
    expect(planned('add-pull-secret', { registry: 'ghcr.io' }, aWorld(base)).kubectl).toEqual([
      `kubectl -n shop create secret docker-registry ${name} --docker-server=ghcr.io --docker-username=USER --docker-password=PASSWORD --dry-run=client -o yaml | kubectl apply -f -`,
      `kubectl -n shop patch serviceaccount/default -p '{"imagePullSecrets":[{"name":"${name}"}]}'`,
      'kubectl -n shop rollout restart deployment/web',
    ]);
    const merged = planned('add-pull-secret', { registry: 'ghcr.io' }, aWorld({ ...base, secrets: there() }))
      .kubectl[0];
    expect(merged).toContain('.auths["ghcr.io"]');
    expect(merged).not.toContain('create secret');
  });
});
