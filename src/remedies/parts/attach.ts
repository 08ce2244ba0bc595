import type { TemplateEdit } from '../../model/change/operation.ts';
import { cut, listed } from '../../model/text/words.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import type { EditServiceAccount } from '../../operations/edit-service-account.ts';
import { kubectl } from '../../operations/parts/kubectl.ts';
import { refuse } from './refuse.ts';
import type { Refusal, RemedyWorld } from './remedy.ts';
import { replacingOf } from './rollout.ts';
import { isPulling, stayingPods } from './running.ts';
import { immutable } from './template-plan.ts';

/** How a pull secret reaches the pods. Empty if they already name it. */
export interface Attaching {
  readonly operations: readonly EditServiceAccount[];
  readonly edits: readonly TemplateEdit[];
  /** Pods copy a service account's secrets when they are created, so waiting pods have to be recreated. */
  readonly restart: boolean;
  readonly changes: readonly string[];
  readonly effects: readonly string[];
  readonly warnings: readonly string[];
}

const nothing: Attaching = { operations: [], edits: [], restart: false, changes: [], effects: [], warnings: [] };

/**
 * Attaches a pull secret. A template with its own pull secrets does not get those of the service account
 * (ServiceAccount admission), which decides what is possible.
 */
export function attach(
  name: string,
  wish: 'serviceAccount' | 'template' | undefined,
  world: RemedyWorld,
): Attaching | Refusal {
  const { template, serviceAccount } = world.snapshot;
  const own = template.pullSecretNames;
  if (own.includes(name))
    return { ...nothing, effects: ['The pods name this Secret already: they use it at their next try.'] };
  const accounts = serviceAccount.known ? serviceAccount.value.pullSecretNames : [];
  if (wish === 'serviceAccount' && own.length > 0) {
    return refuse(
      `The template names pull secrets itself (${listed(own)}), so its pods get none from service account ${template.serviceAccount}.`,
      'Attach it to the template: on template',
    );
  }
  if (wish === 'template' || own.length > 0) return onTemplate(name, own.length === 0 ? accounts : [], world);
  return onServiceAccount(name, accounts, world);
}

/** `pod template`, `service account default`: where undoing removes the name; empty if it was attached before. */
export function waysOf({ operations, edits }: Attaching): string {
  const ways = [
    ...operations.map(({ target }) => `service account ${target.name}`),
    ...(edits.length > 0 ? ['pod template'] : []),
  ];
  return listed(ways);
}

function onTemplate(name: string, accounts: readonly string[], world: RemedyWorld): Attaching | Refusal {
  // The API server accepts entries without a name; they name no Secret, and no step can be about them.
  const kept = accounts.filter((one) => one !== name && one !== '');
  const edits = [...kept, name].map((secret) => ({
    field: 'imagePullSecrets' as const,
    change: 'add' as const,
    name: secret,
  }));
  const fixed = immutable(world.snapshot, edits);
  if (fixed !== undefined) return fixed;
  const { serviceAccount, template } = world.snapshot;
  return {
    ...nothing,
    edits,
    changes: [
      `pod template: pull secret ${listed(
        edits.map((edit) => edit.name),
        10,
      )} added`,
    ],
    effects:
      kept.length === 0
        ? []
        : [
            `With its own pull secrets, the template gets none from service account ${template.serviceAccount}, so those (${listed(kept)}) are added as well.`,
          ],
    warnings: serviceAccount.known
      ? []
      : [
          `Pull secrets of service account ${template.serviceAccount} could not be read; the pods no longer get those: ${cut(serviceAccount.why, 100)}.`,
        ],
  };
}

function onServiceAccount(name: string, accounts: readonly string[], world: RemedyWorld): Attaching | Refusal {
  const { snapshot } = world;
  const { workload, template } = snapshot;
  const bare = workload.ref.kind === 'Pod' && workload.owners.length === 0;
  if (bare) {
    return refuse(
      `${formatWorkload(workload.ref)} is a bare pod and keeps the pull secrets it was created with.`,
      'Make it again from its manifest, with imagePullSecrets.',
      [kubectl(workload.ref.namespace, 'get', formatWorkload(workload.ref), '-o', 'yaml')],
    );
  }
  const there = accounts.includes(name);
  const account = there ? undefined : accountEdit(name, world);
  if (account !== undefined && 'why' in account) return account;
  const waits = isPulling(snapshot) && lacksSecret(name, world);
  const rolls = ['rolls', 'by-deletion'].includes(replacingOf(world));
  return {
    ...nothing,
    operations: account === undefined ? [] : [account],
    restart: waits && rolls,
    changes: account === undefined ? [] : [`service account ${template.serviceAccount}: pull secret ${name} added`],
    effects: [
      ...(account === undefined
        ? []
        : [
            `Every new pod of service account ${template.serviceAccount} in ${workload.ref.namespace} gets it, also those of other workloads.`,
          ]),
      ...(waits && rolls ? ['Pods get it only when they are made, so they restart.'] : []),
      ...(waits ? [] : ['Pods that run keep running; new pods get it.']),
    ],
    warnings:
      waits && !rolls
        ? [
            `Pods that wait now were made without it and have to be deleted: ${kubectl(workload.ref.namespace, 'delete', 'pods', '-l', workload.selector === '' ? `job-name=${workload.ref.name}` : workload.selector)}`,
          ]
        : [],
  };
}

function accountEdit(pullSecret: string, { serviceAccount, snapshot }: RemedyWorld): EditServiceAccount | Refusal {
  const { namespace } = snapshot.workload.ref;
  const name = snapshot.template.serviceAccount;
  if (serviceAccount.kind === 'found') {
    const target = { kind: 'ServiceAccount' as const, namespace, name, uid: serviceAccount.value.uid };
    return { type: 'edit-service-account', target, change: 'add', pullSecret };
  }
  if (serviceAccount.kind === 'absent') {
    return refuse(
      `Service account ${name} does not exist in ${namespace}; no pod of it can be made.`,
      'Create it first.',
    );
  }
  const right = serviceAccount.missingRight === undefined ? '' : ` (no right to ${serviceAccount.missingRight})`;
  return refuse(
    `Service account ${name} could not be read: ${cut(serviceAccount.why, 160)}${right}.`,
    'Attach it to the template instead: on template',
  );
}

function lacksSecret(name: string, { snapshot }: RemedyWorld): boolean {
  return stayingPods(snapshot).some(({ pullSecretNames }) => !pullSecretNames.includes(name));
}
