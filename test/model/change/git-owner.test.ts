import { expect, it } from 'vitest';
import { gitOwnerOf, type OwnerMarks, setsBack } from '../../../src/model/change/git-owner.ts';
import type { TemplateEdit } from '../../../src/model/change/operation.ts';
import { aSnapshot } from '../../support/snapshot.ts';

const web = { type: 'main', name: 'web' } as const;
const image: TemplateEdit = { field: 'image', container: web, from: 'web:1', to: 'web:2' };
const policy: TemplateEdit = { field: 'imagePullPolicy', container: web, from: null, to: 'Always' };
const secret: TemplateEdit = { field: 'imagePullSecrets', change: 'add', name: 'regcred' };
const by = (name: string, ownsImages = true): Partial<OwnerMarks> => ({ managers: [{ name, ownsImages }] });
const labels = (pairs: Record<string, string>): Partial<OwnerMarks> => ({ labels: pairs });
const annotations = (pairs: Record<string, string>): Partial<OwnerMarks> => ({ annotations: pairs });

it.each<[string, Partial<OwnerMarks>, string | undefined]>([
  [
    'Argo CD by its tracking id',
    annotations({ 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web' }),
    'argocd shop',
  ],
  [
    'Argo CD by its manager',
    { ...by('argocd-controller'), ...labels({ 'app.kubernetes.io/instance': 'shop' }) },
    'argocd shop',
  ],
  ['Argo CD by its old manager', by('argocd-application-controller'), 'argocd'],
  [
    'a Kustomization of Flux',
    labels({ 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' }),
    'flux flux-system/apps',
  ],
  [
    'a HelmRelease of Flux',
    { ...labels({ 'helm.toolkit.fluxcd.io/name': 'web' }), ...annotations({ 'meta.helm.sh/release-name': 'web' }) },
    'flux web',
  ],
  ['Flux by its manager', by('kustomize-controller'), 'flux'],
  ['Flux by helm-controller', by('helm-controller'), 'flux'],
  [
    'Helm by its release',
    annotations({ 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' }),
    'helm shop/web',
  ],
  ['Helm by its label', labels({ 'app.kubernetes.io/managed-by': 'Helm' }), 'helm'],
  ['Helm by its manager', by('helm'), 'helm'],
  [
    'a chart that Argo CD applies',
    {
      ...labels({ 'app.kubernetes.io/managed-by': 'Helm' }),
      ...annotations({ 'argocd.argoproj.io/tracking-id': 'shop:x' }),
    },
    'argocd shop',
  ],
  // Look-alikes.
  ['nothing', {}, undefined],
  ['kubectl', by('kubectl-client-side-apply'), undefined],
  ['a person with kubectl set', by('kubectl-set'), undefined],
  ['a label that everybody writes', labels({ 'app.kubernetes.io/instance': 'shop' }), undefined],
  ['managed by something else', labels({ 'app.kubernetes.io/managed-by': 'helmfile-like' }), undefined],
  ['a manager with a longer name', by('argocd-controller-2'), undefined],
  ['a controller that wrote only labels', by('kustomize-controller', false), undefined],
  ['an annotation with another prefix', annotations({ 'x.argocd.argoproj.io/tracking-id': 'shop:x' }), undefined],
  ['an empty tracking id', annotations({ 'argocd.argoproj.io/tracking-id': '' }), undefined],
])('%s', (_, marks, expected) => {
  const { workload } = aSnapshot();
  const owner = gitOwnerOf({ ...workload, ...(marks as object) }, 'image: x', [image]);
  expect(owner === undefined ? undefined : [owner.tool, owner.name].filter(Boolean).join(' ')).toBe(expected);
  if (owner !== undefined) expect(owner.change).toBe('image: x');
});

const tracked = annotations({ 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web' });
const released = annotations({ 'meta.helm.sh/release-name': 'web' });
const chart = { ...labels({ 'app.kubernetes.io/managed-by': 'Helm' }), ...tracked };

/** Managers with the fields they own: `helm: image web, imagePullSecrets`. */
const owning = (...texts: readonly string[]): Partial<OwnerMarks> => ({
  managers: texts.map((text) => {
    const [name = '', fields = ''] = text.split(': ');
    const owns = fields.split(', ').filter((field) => field !== '');
    return { name, owns, ownsImages: owns.some((field) => field.startsWith('image ')) };
  }),
});

it.each<[string, Partial<OwnerMarks>, readonly TemplateEdit[], string | undefined]>([
  ['Helm wrote the image', { ...released, ...owning('helm: image web') }, [image], 'helm'],
  [
    'a person wrote the image, Helm the rest',
    { ...released, ...owning('kubectl-edit: image web', 'helm: ') },
    [image],
    undefined,
  ],
  [
    'Keel wrote the image, Argo CD the rest',
    { ...tracked, ...owning('keel: image web', 'argocd-controller: ') },
    [image],
    undefined,
  ],
  ['the same of a chart', { ...chart, ...owning('keel: image web', 'argocd-controller: ') }, [image], undefined],
  [
    'Argo CD wrote another container',
    { ...tracked, ...owning('keel: image web', 'argocd-controller: image proxy') },
    [image],
    undefined,
  ],
  [
    'Argo CD wrote the image, a person the policy',
    { ...tracked, ...owning('argocd-controller: image web', 'kubectl-patch: imagePullPolicy web') },
    [policy],
    undefined,
  ],
  ['the policy is nobody’s', { ...tracked, ...owning('argocd-controller: image web') }, [policy], undefined],
  [
    'a person wrote the image, Argo CD the policy',
    { ...tracked, ...owning('kubectl-set: image web', 'argocd-controller: imagePullPolicy web') },
    [image, policy],
    'argocd',
  ],
  [
    'Flux wrote the pull secrets alone',
    owning('kubectl: image web', 'kustomize-controller: imagePullSecrets'),
    [secret],
    'flux',
  ],
  [
    'a chart applied by kubectl',
    { ...released, ...owning('kubectl-client-side-apply: image web') },
    [image],
    undefined,
  ],
  ['Helm inside another program', { ...released, ...owning('terraform-provider-helm_v3: image web') }, [image], 'helm'],
  [
    'imagecheck wrote it over Argo CD',
    { ...tracked, ...owning('imagecheck: image web', 'argocd-controller: ') },
    [image],
    'argocd',
  ],
])('by the field: %s', (_, marks, edits, tool) => {
  const { workload } = aSnapshot();
  expect(gitOwnerOf({ ...workload, ...(marks as object) }, 'x', edits)?.tool).toBe(tool);
});

it('what imagecheck wrote is taken back by it, unless Git has it again', () => {
  const { workload } = aSnapshot();
  const ownerAfter = (...managers: readonly string[]) =>
    gitOwnerOf({ ...workload, ...(tracked as object), ...(owning(...managers) as object) }, 'x', [image], {
      takesBack: true,
    });
  expect(ownerAfter('imagecheck: image web', 'argocd-controller: ')).toBeUndefined();
  expect(ownerAfter('imagecheck: ', 'argocd-controller: image web')?.tool).toBe('argocd');
});

it('says when Helm sets it back', () => {
  expect(setsBack({ tool: 'helm' })).toContain('the next helm upgrade');
  expect(setsBack({ tool: 'argocd' })).toContain('will change it back');
});
