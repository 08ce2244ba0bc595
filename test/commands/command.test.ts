import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/commands/command.ts';
import { commands } from '../../src/commands/index.ts';
import { parseCommand, parseWords } from '../../src/commands/parse.ts';
import type { WorkloadKind } from '../../src/model/workload/workload.ts';

const hex = 'e6693c20186f837fc393390135d8a598a96a833917917789d63766cab6c59582';

function workload(
  kind: WorkloadKind | undefined,
  name: string,
  namespace?: string,
  cluster?: string,
  dm = false,
): Command {
  const target = {
    type: 'workload' as const,
    ...(kind === undefined ? {} : { kind }),
    ...(namespace === undefined ? {} : { namespace }),
    name,
  };
  return { type: 'ask', target, ...(cluster === undefined ? {} : { cluster }), dm };
}

function imageOf(reference: string, as?: readonly [string, string], cluster?: string): Command {
  const [namespace = '', serviceAccount = ''] = as ?? [];
  const target = {
    type: 'image' as const,
    reference,
    ...(as === undefined ? {} : { as: { namespace, serviceAccount } }),
  };
  return { type: 'ask', target, ...(cluster === undefined ? {} : { cluster }), dm: false };
}

const prod = workload('Deployment', 'web', 'prod');

describe('parseCommand', () => {
  it.each<[text: string, wanted: Command]>([
    ['deployment web -n prod', prod],
    ['deployment/web -n prod', prod],
    ['deploy/web -n prod', prod],
    ['deployments web --namespace prod', prod],
    ['DEPLOYMENT web -n prod', prod],
    ['Deploy web -nprod', prod],
    ['deployment.apps/web --namespace=prod', prod],
    ['-n prod deployment web', prod],
    ['deployment -n=prod web', prod],
    ['deployment prod/web', prod],
    ['deployment/prod/web', prod],
    ['deployment prod/web -n prod', prod],
    ['check deployment web -n prod', prod],
    ['/imagecheck deployment web -n prod', prod],
    ['  deployment   web\n-n\tprod ', prod],
    ['deployment "web" -n \'prod\'', prod],
    ['`deployment web -n prod`', prod],
    ['deployment web -n prod -c dev-eu --dm', workload('Deployment', 'web', 'prod', 'dev-eu', true)],
    ['--dm deployment web -cdev-eu', workload('Deployment', 'web', undefined, 'dev-eu', true)],
    ['sts db', workload('StatefulSet', 'db')],
    ['statefulsets/db', workload('StatefulSet', 'db')],
    ['ds agent', workload('DaemonSet', 'agent')],
    ['daemonset agent', workload('DaemonSet', 'agent')],
    ['job import', workload('Job', 'import')],
    ['jobs/import', workload('Job', 'import')],
    ['cj nightly', workload('CronJob', 'nightly')],
    ['cronjob.batch/nightly', workload('CronJob', 'nightly')],
    ['pod web-7d9f', workload('Pod', 'web-7d9f')],
    ['po/web-7d9f', workload('Pod', 'web-7d9f')],
    ['pods web.7d9f', workload('Pod', 'web.7d9f')],
    ['web', workload(undefined, 'web')],
    ['web -n prod', workload(undefined, 'web', 'prod')],
    ['prod/web', workload(undefined, 'web', 'prod')],
    ['check web', workload(undefined, 'web')],
    ['check history', workload(undefined, 'history')],
    ['check help -n prod', workload(undefined, 'help', 'prod')],
    ['deployment image', workload('Deployment', 'image')],
    ['deployment', { type: 'pick', kind: 'Deployment', dm: false }],
    ['sts -n prod', { type: 'pick', kind: 'StatefulSet', namespace: 'prod', dm: false }],
    ['image nginx', imageOf('nginx')],
    ['IMAGE ghcr.io/acme/Web:1'.replace('Web', 'web'), imageOf('ghcr.io/acme/web:1')],
    [
      `image ghcr.io/acme/web:1@sha256:${hex} -c dev-eu`,
      imageOf(`ghcr.io/acme/web:1@sha256:${hex}`, undefined, 'dev-eu'),
    ],
    ['image nginx as prod/default', imageOf('nginx', ['prod', 'default'])],
    ['image nginx as default -n prod', imageOf('nginx', ['prod', 'default'])],
    ['image nginx AS prod/default -c eu', imageOf('nginx', ['prod', 'default'], 'eu')],
    ['use -c dev-eu -n prod', { type: 'use', cluster: 'dev-eu', namespace: 'prod' }],
    ['use', { type: 'use' }],
    ['help', { type: 'help' }],
    ['help Image', { type: 'help', topic: 'image' }],
    ['', { type: 'help' }],
    ['explain a  b -n prod', { type: 'explain', text: 'a  b -n prod' }],
    ['Explain\nline 1\n  line 2\n', { type: 'explain', text: 'line 1\n  line 2' }],
  ])('%j', (text, wanted) => {
    expect(parseCommand(text)).toEqual({ ok: true, command: wanted });
  });

  it.each<[text: string, wanted: Command]>([
    ['<@U0123ABC> deployment web -n prod', prod],
    ['<@U0123ABC|imagecheck>: deployment web -n prod', prod],
    ['deployment <http://web.prod|web.prod>', workload('Deployment', 'web.prod')],
    ['deployment web –n prod', prod],
    ['deployment web —n prod', prod],
    ['deployment web —namespace prod', prod],
    ['deployment web –namespace prod', prod],
    ['deployment web -n prod —dm', workload('Deployment', 'web', 'prod', undefined, true)],
    ['deployment web -n prod –dm', workload('Deployment', 'web', 'prod', undefined, true)],
    ['deployment “web” -n ‘prod’', prod],
    ['deployment\u00a0web\u00a0-n\u00a0prod', prod],
    ['deployment\u200b web -n prod', prod],
    ['image <http://ghcr.io/acme/web:1|ghcr.io/acme/web:1>', imageOf('ghcr.io/acme/web:1')],
    [`image <mailto:web@sha256|web@sha256>:${hex}`, imageOf(`web@sha256:${hex}`)],
    [`image <mailto:web@sha256:${hex}|web@sha256:${hex}>`, imageOf(`web@sha256:${hex}`)],
    [
      'explain Get &lt;x&gt; &amp;amp; “y” <https://ghcr.io/v2/>: 403',
      { type: 'explain', text: 'Get <x> &amp; "y" https://ghcr.io/v2/: 403' },
    ],
    ['explain &lt;!DOCTYPE html&gt;', { type: 'explain', text: '<!DOCTYPE html>' }],
    ['explain <!here> <#C1|general> <@U2|ana>', { type: 'explain', text: '@here general ana' }],
  ])('as Slack sends it: %j', (text, wanted) => {
    expect(parseCommand(text)).toEqual({ ok: true, command: wanted });
  });

  it.each<[text: string, message: RegExp, didYouMean?: string]>([
    ['restart deployment/web -n prod', /`repull`/, 'repull deployment/web -n prod'],
    ['approve 7F3K2QXD', /buttons below/],
    ['plan set-image web :1.2', /no `plan` here/, 'set-image web :1.2'],
    ['fix deployment/web', /no `fix` here/],
    ['deploymnet web', /neither a command nor a kind/, 'deployment web'],
    ['deploymet', /check deploymet/, 'deployment'],
    ['statefullset db -n prod', /neither/, 'statefulset db -n prod'],
    ['deploymnt web --namespace=prod -ceu --dm', /neither/, 'deployment web -n prod -c eu --dm'],
    ['imgae nginx', /neither/, 'image nginx'],
    ['hlep', /neither/, 'help'],
    ['foo bar baz', /neither/],
    ['use prod -c eu', /takes options only/, 'use -n prod -c eu'],
    ['use prod -n test', /takes options only/],
    ['deployment Web -n prod', /cannot be a name/, 'deployment web -n prod'],
    ['deployment web -n Prod', /cannot be a namespace/],
    ['deployment web_1', /cannot be a name/],
    ['deployment -web-', /option/],
    [`deployment ${'a'.repeat(254)}`, /at most 253/],
    [`deployment web -n ${'a'.repeat(64)}`, /at most 63/],
    ['deployment web -c arn:aws:eks', /cannot be a cluster/],
    ['deployment web -n', /needs a value/],
    ['deployment web -n -c dev', /needs a value/],
    ['deployment web -n prod -n dev', /Two namespaces/],
    ['deployment prod/web -n dev', /Two namespaces/],
    ['deployment a/b/c', /too many parts/],
    ['deployment web api', /one word too many/],
    ['deployment web --namspace prod', /not known/, 'deployment web --namespace prod'],
    ['deployment web --watch', /not known/],
    ['deployment web --dm=yes', /no value/],
    ['deployment/', /empty/],
    ['-n prod', /Say what/],
    ['check', /Say what/],
    ['ghcr.io/acme/web:1', /looks like an image/, 'image ghcr.io/acme/web:1'],
    ['nginx:1.27', /looks like an image/, 'image nginx:1.27'],
    ['image', /Say which image/],
    ['image ghcr.io/Acme/web', /lower case/, 'image ghcr.io/acme/web'],
    ['image nginx for prod/default', /as NAMESPACE/],
    ['image nginx as default', /In which namespace/],
    ['image nginx as a/b/c', /too many parts/],
    ['image nginx -n prod', /no namespace/, 'image nginx as prod/default'],
    ['explain', /Paste the error/],
    ['explain   ', /Paste the error/],
    ['use prod', /options only/, 'use -n prod'],
    ['namespace prod', /not available yet/],
    ['cluster', /not available yet.*check cluster/],
    ['alerts', /not available yet.*check alerts/],
  ])('%j is a mistake', (text, message, didYouMean) => {
    const parsed = parseCommand(text);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    expect(parsed.message).toMatch(message);
    expect(parsed.didYouMean).toBe(didYouMean);
    if (parsed.didYouMean !== undefined) expect(parseCommand(parsed.didYouMean).ok).toBe(true);
  });

  it('fills in what the channel chose, and what is typed wins', () => {
    const defaults = { cluster: 'dev-eu', namespace: 'prod' };
    expect(parseCommand('deployment web', { defaults })).toEqual({
      ok: true,
      command: workload('Deployment', 'web', 'prod', 'dev-eu'),
    });
    expect(parseCommand('deployment dev/web -c eu', { defaults })).toEqual({
      ok: true,
      command: workload('Deployment', 'web', 'dev', 'eu'),
    });
    expect(parseCommand('image nginx as default', { defaults })).toEqual({
      ok: true,
      command: imageOf('nginx', ['prod', 'default'], 'dev-eu'),
    });
    expect(parseCommand('use', { defaults })).toEqual({ ok: true, command: { type: 'use' } });
  });

  it('takes the words of a terminal as they are', () => {
    expect(parseWords(['explain', 'Get', '&amp; <http://a|b> —'])).toEqual({
      ok: true,
      command: { type: 'explain', text: 'Get &amp; <http://a|b> —' },
    });
    expect(parseWords(['check', 'deployment/web', '-n', 'prod'])).toEqual({ ok: true, command: prod });
  });

  it('parses every example of the help', () => {
    const examples = commands.all().flatMap(({ help }) => help.examples);
    expect(examples.length).toBeGreaterThan(8);
    for (const example of examples) expect(parseCommand(example), example).toMatchObject({ ok: true });
  });
});
