import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainText } from '../../src/explain/explain.ts';
import type { Cause } from '../../src/model/finding/cause.ts';

interface PullError {
  readonly id: string;
  readonly message: string;
  readonly event_reason: string;
  readonly category: Cause;
  readonly also_acceptable: readonly Cause[];
}
const fixture = JSON.parse(readFileSync(new URL('../fixtures/pull-errors.json', import.meta.url), 'utf8')) as {
  readonly causes: Readonly<Record<string, string>>;
  readonly cases: readonly PullError[];
};

describe('explainText on recorded messages', () => {
  it('has cases, and knows their vocabulary', () => {
    expect(fixture.cases.length).toBeGreaterThan(60);
  });

  it.each(fixture.cases)('$id is $category', ({ message, category, also_acceptable }) => {
    const { cause, matched, confirm } = explainText(message);
    expect([category, ...also_acceptable]).toContain(cause);
    expect(matched).not.toBe('');
    expect(confirm).toBeDefined();
  });

  it('gives the very cause in 95 % of them, with and without the reason of the event', () => {
    for (const context of [false, true]) {
      const right = fixture.cases.filter(
        ({ message, category, event_reason }) =>
          explainText(message, context ? { eventReason: event_reason } : {}).cause === category,
      );
      expect(right.length / fixture.cases.length).toBeGreaterThanOrEqual(0.95);
    }
  });

  const wrappers: readonly (readonly [name: string, wrap: (message: string) => string])[] = [
    ['line breaks for spaces', (message) => message.replaceAll(' ', '\n  ')],
    ['a table of kubectl', (message) => `  Warning  Failed  3m (x4 over 5m)  kubelet  ${message}`],
    [
      'a kubelet log line',
      (message) => `E1121 10:00:00.1 77 log.go:32] "PullImage failed" err=${JSON.stringify(message)}`,
    ],
    ['a journal line', (message) => `level=error msg="PullImage failed" error=${JSON.stringify(message)}`],
    ['colours of a terminal', (message) => `\u001b[31m${message}\u001b[0m`],
    ['a following back-off', (message) => `${message}\n  Normal  BackOff  1s  kubelet  Back-off pulling image "x"`],
    ['a code block', (message) => `\`\`\`\n${message}\n\`\`\``],
  ];
  const pulls = fixture.cases.filter(
    ({ event_reason, category }) => event_reason === 'Failed' && category !== 'backoff_only',
  );
  it.each(wrappers)('finds the same within %s', (_name, wrap) => {
    const wrong = pulls
      .map(({ id, message }) => ({ id, plain: explainText(message).cause, wrapped: explainText(wrap(message)).cause }))
      .filter(({ plain, wrapped }) => plain !== wrapped);
    expect(wrong).toEqual([]);
  });

  it('finds the same behind the back-off of newer kubelets', () => {
    const wrong = pulls
      .map(({ id, message }) => ({
        id,
        plain: explainText(message).cause,
        wrapped: explainText(`Back-off pulling image "x/y:1": ErrImagePull: ${message}`).cause,
      }))
      .filter(({ plain, wrapped }) => plain !== wrapped);
    expect(wrong).toEqual([]);
  });
});

const resolve = (image: string, error: string) =>
  `Failed to pull image "${image}": rpc error: code = Unknown desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${error}`;
const anonymous = (status: string, image: string) =>
  resolve(image, `failed to authorize: failed to fetch anonymous token: unexpected status: ${status}`);
const oauth = (status: string, image: string) =>
  resolve(
    image,
    `failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://${image.split('/')[0] ?? ''}/token: ${status}`,
  );

describe('the registry decides what the same words mean', () => {
  it.each<[text: string, cause: Cause, also: Cause]>([
    [anonymous('403 Forbidden', 'ghcr.io/acme/web:1'), 'denied_or_absent', 'image_never_published'],
    [anonymous('403 Forbidden', 'shop.azurecr.io/web:1'), 'network_acl', 'forbidden'],
    [anonymous('403 Forbidden', 'shop.azurecr.io.example.net/web:1'), 'denied_or_absent', 'forbidden'],
    [anonymous('403 Forbidden', 'reg.example.com/web:1'), 'denied_or_absent', 'forbidden'],
    [anonymous('403 Forbidden', 'evilghcr.io/acme/web:1'), 'denied_or_absent', 'forbidden'],
    [anonymous('401 Unauthorized', 'ghcr.io/acme/web:1'), 'unauthorized', 'no_credentials'],
    [oauth('403 Forbidden', 'ghcr.io/acme/web:1'), 'forbidden', 'expired_credentials'],
    [oauth('401 Unauthorized', 'shop.azurecr.io/web:1'), 'unauthorized', 'expired_credentials'],
    [oauth('503 Service Unavailable', 'ghcr.io/acme/web:1'), 'registry_5xx', 'registry_5xx'],
    [resolve('ghcr.io/acme/web:1', 'ghcr.io/acme/web:1: not found'), 'image_not_found', 'image_never_published'],
  ])('%s', (text, cause, also) => {
    const explanation = explainText(text);
    expect(explanation.cause).toBe(cause);
    if (also !== cause) expect(explanation.also).toContain(also);
    expect(explanation.also).not.toContain(cause);
  });

  it('takes the host that the caller knows before the one in the text', () => {
    const text = 'failed to authorize: failed to fetch anonymous token: unexpected status: 403 Forbidden';
    expect(explainText(text, { host: 'shop.azurecr.io' }).cause).toBe('network_acl');
    expect(explainText(text, { image: 'shop.azurecr.io/web:1' })).toMatchObject({
      cause: 'network_acl',
      host: 'shop.azurecr.io',
      image: 'shop.azurecr.io/web:1',
    });
    expect(explainText(text, { host: 'ghcr.io' }).cause).toBe('denied_or_absent');
  });

  it('reads image and host out of the text', () => {
    expect(explainText(anonymous('403 Forbidden', 'ghcr.io/acme/web:1'))).toMatchObject({
      host: 'ghcr.io',
      image: 'ghcr.io/acme/web:1',
    });
    expect(explainText('Failed to pull image "nginx": pull QPS exceeded')).toMatchObject({
      host: 'docker.io',
      image: 'nginx',
    });
    const mirror =
      'failed to do request: Head "https://mirror.example.com/v2/library/nginx/manifests/1?ns=docker.io": EOF';
    expect(explainText(mirror)).toMatchObject({ host: 'docker.io', cause: 'connection_reset' });
    const daemon = 'Get "https://registry-1.docker.io/v2/": x509: certificate signed by unknown authority';
    expect(explainText(daemon)).toMatchObject({ host: 'docker.io', cause: 'tls_untrusted_ca' });
  });

  it('is not misled by the name of an image', () => {
    for (const name of [
      'toomanyrequests',
      'denied',
      'unauthorized',
      'no-space-left-on-device',
      'x509',
      'forbidden/503',
    ]) {
      expect(explainText(resolve(`ghcr.io/${name}/web:429`, `ghcr.io/${name}/web:429: not found`)).cause).toBe(
        'image_not_found',
      );
    }
  });
});
