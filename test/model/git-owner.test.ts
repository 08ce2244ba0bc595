import { expect, it } from 'vitest';
import { gitOwnerOf, type Marks } from '../../src/model/git-owner.ts';
import { aSnapshot } from '../support/snapshot.ts';

const by = (name: string, ownsImages = true): Partial<Marks> => ({ managers: [{ name, ownsImages }] });
const labels = (pairs: Record<string, string>): Partial<Marks> => ({ labels: pairs });
const annotations = (pairs: Record<string, string>): Partial<Marks> => ({ annotations: pairs });

it.each<[string, Partial<Marks>, string | undefined]>([
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
  const owner = gitOwnerOf({ ...workload, ...(marks as object) }, 'image: x');
  expect(owner === undefined ? undefined : [owner.tool, owner.name].filter(Boolean).join(' ')).toBe(expected);
  if (owner !== undefined) expect(owner.change).toBe('image: x');
});
