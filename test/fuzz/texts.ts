import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutAddress } from '../../src/commands/grammar/text.ts';
import { commands } from '../../src/commands/index.ts';
import { parseCommand } from '../../src/commands/parse.ts';
import { parseRealmHost, parseRegistryName } from '../../src/config/addresses.ts';
import { holdsCertificates, type Outside } from '../../src/config/outside.ts';
import { parseConfig } from '../../src/config.ts';
import { explainText } from '../../src/explain/explain.ts';
import { parseKubeletEvent } from '../../src/explain/kubelet-events.ts';
import { matchLogLine } from '../../src/explain/log-lines.ts';
import { parseKubeconfig } from '../../src/kubernetes/connection/kubeconfig.ts';
import { readPublicKey } from '../../src/model/approval/signatures.ts';
import { isTicket } from '../../src/model/approval/ticket.ts';
import { formatImage, parseImage } from '../../src/model/image/image.ts';
import { redact } from '../../src/model/text/redact.ts';
import { millisecondsOf } from '../../src/model/values/duration.ts';
import { remedies } from '../../src/remedies/index.ts';
import { parseRedisUrl } from '../../src/store/redis/redis-url.ts';
import { explainLine } from '../../src/terminal/explain-command.ts';
import { readPlanToken } from '../../src/terminal/plan.ts';
import { fixture, json, type Target, text, textsIn, userError } from './target.ts';

const errors = [...textsIn(fixture('pull-errors'), 30), ...textsIn(fixture('catalog-messages'), 30)];
const references = textsIn(fixture('image-refs')).filter((one) => one.length < 200);
const logLines = [
  'exec /usr/bin/app: exec format error',
  'Error: Cannot find module "/app/index.js"',
  'standard_init_linux.go:228: exec user process caused: no such file or directory',
  ...errors,
];

/** Every example of the help, and what else people type. */
const typed = [
  ...commands.all().flatMap(({ help }) => help.examples),
  'deployment web -n prod -c dev-eu',
  'set-image deployment/web app=ghcr.io/acme/web:2 -n prod --dm',
  '<@U0IMAGECHECK> image `ghcr.io/acme/web:2` as prod/default',
  'undo 0VEYZPZ3',
];

const documented = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
const configurations = [...documented.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml);
const outside: Outside = {
  role: 'terminal',
  env: {},
  remedies: remedies.ids(),
  locate: (file) => file,
  read: () => undefined,
};

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{ name: a, cluster: { server: 'https://10.0.0.1:6443', certificate-authority-data: YQ== } }]
users: [{ name: a, user: { token: secret } }]
contexts: [{ name: a, context: { cluster: a, user: a, namespace: shop } }]
current-context: a
`;

export const textTargets: readonly Target[] = [
  text('image reference', ['model/image/image.ts'], references, (input) => {
    const parsed = parseImage(input);
    return parsed.ok ? formatImage(parsed.image) : parsed;
  }),
  text(
    'registry name',
    ['config/addresses.ts'],
    ['ghcr.io', 'https://index.docker.io/v1/', '[::1]:5000/a'],
    (input) => [parseRegistryName(input), parseRealmHost(input)],
  ),
  text('command', ['commands/parse.ts'], typed, (input) => parseCommand(withoutAddress(input))),
  text('explained text', ['explain/explain.ts', 'explain/rules/message.ts'], errors, (input) => explainText(input)),
  text('kubelet event', ['explain/kubelet-events.ts'], errors, parseKubeletEvent),
  text('log line', ['explain/log-lines.ts'], logLines, matchLogLine),
  text('redaction', ['model/text/redact.ts'], [...errors, 'password=a token: b https://u:p@h/?sig=x'], redact),
  text(
    'configuration',
    ['config.ts', 'config/document.ts', 'config/shape.ts', 'config/schema.ts', 'config/clusters.ts'],
    configurations,
    (input) => parseConfig(input, 'fuzz.yaml', outside),
    userError,
  ),
  text(
    'kubeconfig',
    ['kubernetes/connection/kubeconfig.ts'],
    [kubeconfig],
    (input) => parseKubeconfig(input, 'fuzz'),
    userError,
  ),
  text(
    'address of Redis',
    ['store/redis/redis-url.ts'],
    ['redis://u:p@h:1/2', 'rediss+sentinel://a:1,b:2/main', 'redis+cluster://a,b'],
    parseRedisUrl,
    userError,
  ),
  text('ticket', ['model/approval/ticket.ts'], ['OPS-1', 'https://jira/browse/OPS-12'], (input) =>
    isTicket('[A-Z]+-\\d+', input),
  ),
  text(
    'public key',
    ['model/approval/signatures.ts'],
    ['MCowBQYDK2VwAyEA3qAlixDBC2XxRq9nK6z9azj8'],
    readPublicKey,
    (error) => error instanceof Error && error.name === 'KeyError',
  ),
  text(
    'certificates',
    ['config/outside.ts'],
    ['-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----'],
    (input) => holdsCertificates(input),
  ),
  text('duration', ['model/values/duration.ts'], ['30m', '1h', '7d', '0s'], millisecondsOf),
  text('token of a plan', ['terminal/plan.ts'], ['abcdef123456@2026-11-20T14:10:00.000Z'], readPlanToken),
  json(
    'line to explain',
    ['terminal/explain-command.ts', 'terminal/json-lines.ts'],
    [{ id: '1', text: errors[0] }],
    explainLine,
  ),
];
