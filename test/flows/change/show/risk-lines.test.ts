import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { riskLine, riskReasons } from '../../../../src/flows/change/show/risk-lines.ts';
import type { Risk } from '../../../../src/model/change/change.ts';
import type { Operation, TemplateEdit } from '../../../../src/model/change/operation.ts';
import { riskOf } from '../../../../src/remedies/parts/risk.ts';
import { aWorld } from '../../../support/remedy-world.ts';

const workload = { kind: 'Deployment' as const, namespace: 'shop', name: 'web', uid: 'u1' };
const container = { type: 'main' as const, name: 'app' };
const image = (from: string, to: string): TemplateEdit => ({ field: 'image', container, from, to });
const edits = (...all: TemplateEdit[]): Operation => ({ type: 'edit-template', target: workload, edits: all });
const intentOf = (risk: Risk, operations: Operation[], namespaces = ['shop']) => ({
  risk,
  targets: namespaces.map((namespace) => ({
    subject: { ...workload, namespace },
    params: {},
    operations,
    expects: [],
  })),
});
const forAll: Operation = {
  type: 'edit-service-account',
  target: { kind: 'ServiceAccount', namespace: 'shop', name: 'default', uid: 'u2' },
  change: 'add',
  pullSecret: 'hub',
};
const deletion: Operation = { type: 'delete-pods', workload, createdBefore: '2026-11-20T14:11:00Z' };
const acme = 'ghcr.io/acme/web:1';

describe('the reasons of a risk', () => {
  it.each<[Risk, Operation[], string[], string]>([
    ['low', [edits(image(acme, 'ghcr.io/acme/web:2'))], ['shop'], 'low'],
    [
      'high',
      [edits(image(acme, 'ghcr.io/other/web:1'))],
      ['shop'],
      'high: another owner (ghcr.io/other instead of ghcr.io/acme)',
    ],
    [
      'high',
      [edits(image('nginx:1', 'ghcr.io/acme/nginx:1'))],
      ['shop'],
      'high: another registry (ghcr.io/acme instead of docker.io/library)',
    ],
    ['high', [edits(image('..', acme))], ['shop'], `high: another owner (${acme} instead of ..)`],
    ['high', [edits(image(acme, 'ghcr.io/acme/web:2'))], ['a', 'b'], 'high: 2 namespaces (a and b)'],
    [
      'high',
      [edits(image(acme, 'ghcr.io/other/web:1'), { field: 'imagePullPolicy', container, from: null, to: 'Never' })],
      ['a', 'b'],
      'high: 2 namespaces (a and b); another owner (ghcr.io/other instead of ghcr.io/acme)',
    ],
    ['medium', [edits(image(acme, 'ghcr.io/acme/api:1'))], ['shop'], 'medium: another repository (api instead of web)'],
    [
      'medium',
      [edits({ field: 'imagePullPolicy', container, from: null, to: 'Never' })],
      ['shop'],
      'medium: pull policy Never',
    ],
    ['medium', [forAll], ['shop'], 'medium: a pull secret for every pod of service account default'],
    ['medium', [edits(image(acme, 'ghcr.io/acme/web:2')), deletion], ['shop'], 'medium: all pods at once'],
    ['medium', [edits(image(acme, 'ghcr.io/acme/web:2'))], ['shop'], 'medium: all pods at once'],
  ])('%s %j in %j', (risk, operations, namespaces, line) => {
    expect(riskLine(intentOf(risk, operations, namespaces))).toBe(line);
  });

  it('are told three at a time', () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map((owner) => image(acme, `ghcr.io/${owner}/web:1`));
    expect(riskLine(intentOf('high', [edits(...all)]))).toMatch(
      /ghcr\.io\/c instead of ghcr\.io\/acme\); and 2 more reasons$/,
    );
  });

  it('are there whenever the edits alone make it more than low', () => {
    const texts = fc.constantFrom(acme, 'ghcr.io/acme/api', 'nginx', 'quay.io/x/y:1', '..', 'localhost:5000/a', '');
    fc.assert(
      fc.property(texts, texts, (from, to) => {
        const edit = image(from, to);
        const risk = riskOf([edit], aWorld());
        const reasons = riskReasons(intentOf(risk, [edits(edit)]));
        expect(reasons.length > 0).toBe(risk !== 'low');
        expect(reasons.join()).not.toContain('all pods at once');
      }),
    );
  });
});
