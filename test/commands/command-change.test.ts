import { describe, expect, it } from 'vitest';
import type { ChangeCommand } from '../../src/commands/command.ts';
import { formatCommand, parseCommand } from '../../src/commands/parse.ts';

const digest = `sha256:${'a1'.repeat(32)}`;
const web = { type: 'workload', kind: 'Deployment', name: 'web' } as const;
const inProd = { ...web, namespace: 'prod' } as const;
const bare = { type: 'workload', name: 'web' } as const;

type Change = Extract<ChangeCommand, { type: 'change' }>;

function change(
  remedy: Change['remedy'],
  target: Change['target'],
  params: object = {},
  more: Partial<Change> = {},
): Change {
  return { type: 'change', remedy, target, params: { ...params }, dm: false, ...more };
}

function image(...images: readonly object[]) {
  return { images };
}

describe('commands about changes', () => {
  it.each<[text: string, wanted: ChangeCommand, canonical?: string]>([
    ['repull deployment/web -n prod', change('force-repull', inProd), 'repull deployment/web -n prod'],
    ['REPULL Deploy web -nprod', change('force-repull', inProd), 'repull deployment/web -n prod'],
    ['repull deployment prod/web', change('force-repull', inProd), 'repull deployment/web -n prod'],
    ['repull web', change('force-repull', bare), 'repull web'],
    [
      'repull prod/deployment',
      change('force-repull', { ...bare, namespace: 'prod', name: 'deployment' }),
      'repull prod/deployment -n prod',
    ],
    ['repull web only a b', change('force-repull', bare, { containers: ['a', 'b'] }), 'repull web only a b'],
    ['repull web -c eu --dm', change('force-repull', bare, {}, { cluster: 'eu', dm: true }), 'repull web -c eu --dm'],
    ['set-image deployment/web :1.2', change('set-image', web, image({ image: ':1.2' }))],
    [
      'set-image deployment web :1.2',
      change('set-image', web, image({ image: ':1.2' })),
      'set-image deployment/web :1.2',
    ],
    [
      'set-image deployment/web web=ghcr.io/acme/web:1.2 sidecar=:3',
      change(
        'set-image',
        web,
        image({ container: 'web', image: 'ghcr.io/acme/web:1.2' }, { container: 'sidecar', image: ':3' }),
      ),
    ],
    [`set-image web ${digest}`, change('set-image', bare, image({ image: digest }))],
    [`set-image web @${digest}`, change('set-image', bare, image({ image: digest })), `set-image web ${digest}`],
    [
      'set-image web web=<http://ghcr.io/acme/web:1.2|ghcr.io/acme/web:1.2>',
      change('set-image', bare, image({ container: 'web', image: 'ghcr.io/acme/web:1.2' })),
      'set-image web web=ghcr.io/acme/web:1.2',
    ],
    [
      'set-image web :latest policy always',
      change('set-image', bare, image({ image: ':latest', pullPolicy: 'Always' })),
      'set-image web :latest policy Always',
    ],
    ['set-image web', change('set-image', bare)],
    [
      'pull-policy deployment/web always',
      change('set-pull-policy', web, { policy: 'Always' }),
      'pull-policy deployment/web Always',
    ],
    [
      'pull-policy web IFNOTPRESENT a',
      change('set-pull-policy', bare, { containers: ['a'], policy: 'IfNotPresent' }),
      'pull-policy web IfNotPresent a',
    ],
    ['roll-back deployment/web', change('roll-back', web)],
    ['rollback deployment/web to 4', change('roll-back', web, { revision: 4 }), 'roll-back deployment/web to 4'],
    [
      'roll-back sts/db TO db-6f7',
      change('roll-back', { type: 'workload', kind: 'StatefulSet', name: 'db' }, { revision: 'db-6f7' }),
      'roll-back statefulset/db to db-6f7',
    ],
    ['roll-back web to revision 4', change('roll-back', bare, { revision: 4 }), 'roll-back web to 4'],
    ['add-pull-secret deployment/web ghcr.io', change('add-pull-secret', web, { registry: 'ghcr.io' })],
    [
      'add-pull-secret web hub on sa builder secret hub-pull',
      change('add-pull-secret', bare, {
        registry: 'hub',
        secret: 'hub-pull',
        attach: 'serviceAccount',
        serviceAccount: 'builder',
      }),
      'add-pull-secret web hub secret hub-pull on service-account builder',
    ],
    [
      'add-pull-secret web hub on Template',
      change('add-pull-secret', bare, { registry: 'hub', attach: 'template' }),
      'add-pull-secret web hub on template',
    ],
    ['add-pull-secret web', change('add-pull-secret', bare)],
    ['undo 7F3K2QXD', { type: 'undo', id: '7F3K2QXD' }],
    ['undo #7f3k-2qxo', { type: 'undo', id: '7F3K2QX0' }, 'undo 7F3K2QX0'],
    ['undo ilIL2345', { type: 'undo', id: '11112345' }, 'undo 11112345'],
    ['approvals', { type: 'approvals' }],
    ['Approvals -c eu', { type: 'approvals', cluster: 'eu' }, 'approvals -c eu'],
    ['history', { type: 'history' }],
    ['history -c eu', { type: 'history', cluster: 'eu' }],
    ['history web', { type: 'history', target: bare }],
    [
      'history deploy web -n prod -c eu',
      { type: 'history', target: inProd, cluster: 'eu' },
      'history deployment/web -n prod -c eu',
    ],
  ])('%j', (text, command, canonical = text) => {
    expect(parseCommand(text)).toEqual({ ok: true, command });
    expect(formatCommand(command)).toBe(canonical);
    expect(parseCommand(canonical)).toEqual({ ok: true, command });
  });

  it.each<[text: string, message: RegExp, didYouMean?: string]>([
    ['repull', /Say which workload: `repull deployment\/NAME`/],
    ['set-image sts', /`set-image statefulset\/NAME :1\.2`/],
    ['repull Web -n prod', /cannot be a name/, 'repull web -n prod'],
    [
      'repull replicaset/web-6d4cf56db6 -n prod',
      /The kind ReplicaSet cannot be changed directly; deployment, .* and pod can.*belongs to a Deployment/,
      'repull deployment/web -n prod',
    ],
    ['repull replicaset web-6d4cf56db6', /belongs to a Deployment/, 'repull deployment/web'],
    ['set-image rs/web-6d4cf56db6 :1.2 -c eu', /cannot be changed/, 'set-image deployment/web :1.2 -c eu'],
    ['repull rs/web', /cannot be changed directly/],
    ['roll-back service/web', /The kind Service cannot be changed.*`roll-back web -n service`/],
    ['pull-policy configmap/web Always', /The kind ConfigMap cannot be changed/],
    ['repull web api', /one word too many.*`only`/, 'repull web only api'],
    ['repull web only', /names of containers/, 'repull web'],
    ['repull web only a a', /named twice/],
    ['repull web only A', /cannot be a container/],
    ['repull ghcr.io/acme/web:1', /looks like an image/, 'image ghcr.io/acme/web:1'],
    ['repul deployment/web', /neither a command/, 'repull deployment/web'],
    ['set-imgae web :1', /neither a command/, 'set-image web :1'],
    ['set-image web :1.2 policy sometimes', /`sometimes` isn’t a pull policy/],
    ['set-image web :1.2 policy', /After `policy` comes/],
    ['set-image web 1.2', /looks like a tag/, 'set-image web :1.2'],
    ['set-image web c=latest -n prod', /looks like a tag/, 'set-image web c=:latest -n prod'],
    ['set-image web 88a216e', /looks like a tag/, 'set-image web :88a216e'],
    ['set-image web :a/b', /isn’t a tag/],
    ['set-image web sha256:abc', /64 digits/],
    [`set-image web ${digest.toUpperCase().replace('SHA', 'sha')}`, /isn’t a digest/, `set-image web ${digest}`],
    ['set-image web ghcr.io/Acme/web:1', /lower case/, 'set-image web ghcr.io/acme/web:1'],
    ['set-image web Web=:1', /cannot be a container/, 'set-image web web=:1'],
    ['set-image web a=', /image is empty/],
    ['set-image web =:1', /container is empty/],
    ['set-image web :1 :2', /say for each of them/],
    ['set-image web :1 a=:2', /say for each of them/],
    ['set-image web a=:1 a=:2', /container a/],
    ['set-image web policy Always', /Say which image/, 'pull-policy web Always'],
    ['pull-policy web', /Say which policy/],
    ['pull-policy web alwyas', /isn’t a pull policy/],
    ['pull-policy web a Never', /`a` isn’t a pull policy/, 'pull-policy web Never a'],
    ['roll-back web 4', /to REVISION/, 'roll-back web to 4'],
    ['roll-back web to', /Say which revision/],
    ['roll-back web to 4 5', /Say which revision/, 'roll-back web to 4'],
    ['roll-back web to 0', /no revision 0/],
    ['add-pull-secret web on template', /comes the registry/],
    ['add-pull-secret web ghcr.io template', /not expected/, 'add-pull-secret web ghcr.io on template'],
    ['add-pull-secret web ghcr.io on node', /`template` or `service-account`/],
    ['add-pull-secret web ghcr.io secret', /empty/],
    ['undo', /Say which change/],
    ['undo web', /isn’t a change ID/],
    ['undo 7F3K2QXU', /isn’t a change ID: .*other than U/],
    ['undo 7F3K2QXD 7F3K2QXE', /one change at a time/],
    ['approvals web', /takes -c only/, 'approvals'],
    ['approvals -n prod -c eu', /no option -n/, 'approvals -c eu'],
    ['history deployment', /`history deployment\/NAME`/],
    ['history -n prod', /name the workload/],
    ['history web api', /one word too many/],
  ])('%j is a mistake', (text, message, didYouMean) => {
    const parsed = parseCommand(text);
    expect(parsed).toMatchObject({ ok: false, message: expect.stringMatching(message) });
    if (parsed.ok) return;
    expect(parsed.didYouMean).toBe(didYouMean);
    if (parsed.didYouMean !== undefined) expect(parseCommand(parsed.didYouMean)).toMatchObject({ ok: true });
  });

  it('fills in what the channel chose for a workload, not for lists', () => {
    const defaults = { cluster: 'eu', namespace: 'prod' };
    expect(parseCommand('repull deployment/web', { defaults })).toEqual({
      ok: true,
      command: change('force-repull', inProd, {}, { cluster: 'eu' }),
    });
    expect(parseCommand('history deployment/web', { defaults })).toEqual({
      ok: true,
      command: { type: 'history', target: inProd, cluster: 'eu' },
    });
    for (const type of ['history', 'approvals'] as const) {
      expect(parseCommand(type, { defaults })).toEqual({ ok: true, command: { type } });
    }
  });

  it('writes parameters of a form, also those without words', () => {
    const params = {
      images: [
        { container: 'a', image: ':1', pullPolicy: 'Always' },
        { container: 'b', image: ':2' },
      ],
    };
    expect(formatCommand(change('set-image', web, params))).toBe('set-image deployment/web a=:1 b=:2');
    expect(formatCommand(change('set-image', web, { image: ':1' }))).toBe('set-image deployment/web :1');
    expect(formatCommand(change('set-pull-policy', web, { container: 'a', policy: 'Never' }))).toBe(
      'pull-policy deployment/web Never a',
    );
  });
});
