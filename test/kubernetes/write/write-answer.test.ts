import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writtenOf } from '../../../src/kubernetes/write/write-answer.ts';

const right = { verb: 'patch', resource: 'deployments', namespace: 'prod' } as const;

function answered(status: number, body: unknown, retryAfterMs?: number) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = { status, contentType: 'application/json', body: text };
  return writtenOf({ kind: 'answered', answer, retryAfterMs }, right);
}

function status(code: number, reason: string, message: string, details: object = {}) {
  return answered(code, { kind: 'Status', status: 'Failure', message, reason, details, code });
}

const named = { name: 'web', kind: 'deployments' };
const whole = '{"spec":{"env":[{"name":"A","value":"hunter2"}]}}';

describe('an answer to a change', () => {
  // The texts are those of a kube-apiserver 1.36.
  it.each([
    [
      'a failed test',
      status(422, 'Invalid', 'the server rejected our request due to an error in our request'),
      { kind: 'stale' },
    ],
    [
      'an older revision',
      status(409, 'Conflict', 'Operation cannot be fulfilled: the object has been modified', named),
      { kind: 'stale' },
    ],
    ['a name that is taken', status(409, 'AlreadyExists', 'secrets "s" already exists', named), { kind: 'exists' }],
    [
      'a missing right',
      status(
        403,
        'Forbidden',
        'deployments.apps "web" is forbidden: User "bob" cannot patch resource "deployments" in API group "apps" in the namespace "ex"',
        named,
      ),
      { kind: 'forbidden', missingRight: 'patch deployments in prod' },
    ],
    [
      'a quota',
      status(403, 'Forbidden', 'pods "s" is forbidden: exceeded quota: q, requested: pods=1', named),
      { kind: 'refused', message: 'pods "s" is forbidden: exceeded quota: q, requested: pods=1' },
    ],
    [
      'Pod Security',
      status(403, 'Forbidden', 'pods "s" is forbidden: violates PodSecurity "restricted:latest": x', named),
      { kind: 'refused', message: expect.stringContaining('violates PodSecurity') },
    ],
    [
      'an admission policy',
      status(
        422,
        'Invalid',
        "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'b' denied request: no latest here",
        { ...named, causes: [{ message: "ValidatingAdmissionPolicy 'no-latest' denied request" }] },
      ),
      { kind: 'refused', message: expect.stringContaining('no latest here') },
    ],
    [
      'a webhook that says no',
      status(403, 'Forbidden', 'admission webhook "hook.example.com" denied the request: never'),
      { kind: 'refused', message: 'admission webhook "hook.example.com" denied the request: never' },
    ],
    [
      'a webhook that is down',
      status(500, 'InternalError', 'Internal error occurred: failed calling webhook "h": refused', { causes: [] }),
      { kind: 'refused', message: expect.stringContaining('failed calling webhook') },
    ],
    [
      'a wrong value',
      status(422, 'Invalid', 'Deployment.apps "web" is invalid: a.b: Unsupported value: "x"', named),
      { kind: 'refused', message: 'Deployment.apps "web" is invalid: a.b: Unsupported value: "x"' },
    ],
    [
      'a field that cannot change',
      status(422, 'Invalid', `Job.batch "j" is invalid: spec.template: Invalid value: ${whole}: field is immutable`, {
        ...named,
        causes: [{ field: 'spec.template', message: `Invalid value: ${whole}: field is immutable` }],
      }),
      { kind: 'refused', message: 'Job.batch "j" is invalid: spec.template: field is immutable' },
    ],
    [
      'an object that is gone',
      status(404, 'NotFound', 'x not found', named),
      { kind: 'absent', message: 'x not found' },
    ],
    ['no such path', answered(404, '404 page not found'), { kind: 'lost', maybeDone: false }],
    ['too many', answered(429, 'Too many requests', 2_000), { kind: 'lost', maybeDone: false, afterMs: 2_000 }],
    ['a broken server', status(500, 'InternalError', 'etcdserver: timeout'), { kind: 'lost', maybeDone: true }],
    ['a broken gateway', answered(502, '<html>'), { kind: 'lost', maybeDone: true }],
    ['a login page', answered(403, '<html>'), { kind: 'lost', maybeDone: false }],
    ['a page with 200', answered(200, '<html>'), { kind: 'lost', maybeDone: true }],
  ])('%s', (_, written, expected) => {
    expect(written).toMatchObject(expected);
    expect(JSON.stringify(written)).not.toContain('hunter2');
  });

  it('of any kind is a value', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constant('{"kind":"Status","message":"m","details":{"causes":[1]}}'),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), text, (code, body) => {
        expect(answered(code, body).kind).toMatch(/^(?:done|stale|exists|absent|refused|forbidden|lost)$/);
      }),
    );
  });
});
