import { z } from 'zod';
import { type Arguments, type ReadParams, wordOf } from '../commands/grammar/arguments.ts';
import { type Mistake, mistake } from '../commands/grammar/options.ts';
import { badName, cutWord } from '../commands/grammar/workload.ts';
import type { RemedyParams } from '../model/change/change.ts';
import { cut, distinct, listed } from '../model/text/words.ts';
import { isSubdomain } from '../model/workload/kubernetes-names.ts';
import { formatWorkload } from '../model/workload/workload.ts';
import { editServiceAccount } from '../operations/edit-service-account.ts';
import { invertEdits } from '../operations/parts/template-edits.ts';
import { type WritePullSecret, writePullSecret } from '../operations/write-pull-secret.ts';
import { type Attaching, attach, waysOf } from './parts/attach.ts';
import { keyOf } from './parts/containers.ts';
import {
  coveredContainers,
  credentialFor,
  type RegistryCredential,
  secretKey,
  secretNameFor,
} from './parts/credential.ts';
import { streamingEffects } from './parts/image-effects.ts';
import { expectedDigests } from './parts/image-facts.ts';
import { gitOwnerOfIdentity, writableSecret } from './parts/pull-secret.ts';
import { isRefusal, refuse } from './parts/refuse.ts';
import { nothingMore, type Refusal, type Remedy, type RemedyWorld } from './parts/remedy.ts';
import { plannedChange, type WayBack } from './parts/template-plan.ts';
import { isSameWish, mergeEqual } from './parts/wish.ts';

const Params = z.strictObject({
  /** Host, host with path, or name of a registry entry of the configuration. */
  registry: z.string().trim().min(1).max(512),
  /** Default: `imagecheck-<registry>`. */
  secret: z.string().trim().min(1).max(253).optional(),
  /** Default: the service account, unless the template names pull secrets itself. */
  attach: z.enum(['serviceAccount', 'template']).optional(),
  /** Must be the workload's own. */
  serviceAccount: z.string().min(1).optional(),
  namespace: z.string().min(1).optional(),
});
type Params = z.infer<typeof Params>;

/**
 * Writes a registry credential of the configuration into a pull secret, keeping its other entries, and attaches it to
 * the service account or the pod template. The credential itself is not in any plan.
 */
export const addPullSecret: Remedy<Params> = {
  id: 'add-pull-secret',
  version: 2,
  title: 'Add a pull secret',
  doing: 'add a pull secret',
  params: Params,
  merge: mergeEqual,
  settled: (params) => params,
  isSameWish,

  command: {
    word: 'add-pull-secret',
    example: 'NAME ghcr.io',
    help: {
      usage: 'add-pull-secret KIND/NAME REGISTRY [secret NAME] [on template|service-account [NAME]]',
      summary:
        "Gives the workload a registry's configured credential as a pull secret. Without a registry there is a form.",
      examples: ['add-pull-secret deployment/web ghcr.io -n prod', 'add-pull-secret web docker.io on template'],
      overview: [['add-pull-secret deployment/web ghcr.io', "a registry's configured credential as a pull secret"]],
    },
    terminal: [['add-pull-secret KIND/NAME REGISTRY [secret NAME] [on template|serviceaccount]', '']],
    read: readPullSecret,
    format: formatPullSecret,
  },

  form: {
    kind: 'fields',
    title: 'Add a pull secret',
    example: 'deployment/web ghcr.io',
    placeholder: 'REGISTRY',
    button: ({ proposals }) =>
      proposals.some(({ remedy }) => remedy === 'add-pull-secret') ? 'Another credential…' : undefined,
    fields: [
      {
        kind: 'text',
        id: 'registry',
        label: 'Registry',
        optional: false,
        fromProposal: true,
        placeholder: 'ghcr.io, or the name of a registry of the configuration',
        hint: "The credential comes from the worker's own configuration; it is never typed here.",
      },
      {
        kind: 'text',
        id: 'secret',
        label: 'Name of the Secret',
        optional: true,
        fromProposal: false,
        hint: 'Empty: imagecheck names it. Entries of other registries in an existing Secret stay.',
      },
      {
        kind: 'choice',
        id: 'attach',
        label: 'Attach it to',
        options: [
          { value: 'serviceAccount', label: 'its service account (all its pods, no restart)' },
          { value: 'template', label: 'the pod template (restarts its pods)' },
        ],
      },
    ],
    words: ({ registry = '', secret, attach }) => [
      registry,
      ...(secret === undefined ? [] : ['secret', secret]),
      ...(attach === 'template' ? ['on', 'template'] : []),
    ],
  },

  needs({ registry, secret }, snapshot) {
    const images = coveredContainers(snapshot, undefined).map(({ image }) => image);
    return {
      ...nothingMore,
      images: distinct(images),
      secrets: [secret ?? secretNameFor(registry)],
      serviceAccount: true,
    };
  },

  plan(params, world) {
    const elsewhere = wrongPlace(params, world);
    if (elsewhere !== undefined) return elsewhere;
    const credential = credentialFor(params.registry, world);
    if (isRefusal(credential)) return credential;
    const name = params.secret ?? secretNameFor(params.registry);
    if (!isSubdomain(name))
      return refuse(`"${cut(name, 120)}" isn’t a valid name for a Secret.`, 'Name one: secret NAME');
    const secret = writableSecret(name, world);
    if (isRefusal(secret)) return secret;
    const attaching = attach(name, params.attach, world);
    if (isRefusal(attaching)) return attaching;
    return planAll(credential, { name, uid: secret.uid, warnings: secret.warnings }, attaching, world);
  },
};

function wrongPlace({ serviceAccount, namespace }: Params, { snapshot }: RemedyWorld): Refusal | undefined {
  const { workload, template } = snapshot;
  const name = formatWorkload(workload.ref);
  if (namespace !== undefined && namespace !== workload.ref.namespace) {
    return refuse(
      `${name} is in namespace ${workload.ref.namespace}, and pods use only Secrets in their own namespace.`,
    );
  }
  if (serviceAccount !== undefined && serviceAccount !== template.serviceAccount) {
    return refuse(`${name} runs as service account ${template.serviceAccount}, not ${cut(serviceAccount, 120)}.`);
  }
  return undefined;
}

interface Writing {
  readonly name: string;
  readonly uid: string | null;
  readonly warnings: readonly string[];
}

function planAll(credential: RegistryCredential, secret: Writing, attaching: Attaching, world: RemedyWorld) {
  const { namespace } = world.snapshot.workload.ref;
  const key = secretKey(credential);
  const covered = coveredContainers(world.snapshot, credential).map((container) => {
    const fact = world.images.get(container.image);
    return { container, facts: fact?.known === true ? fact.value : undefined };
  });
  const isNew = secret.uid === null;
  const write: WritePullSecret = {
    type: 'write-pull-secret',
    namespace,
    name: secret.name,
    uid: secret.uid,
    key,
    registry: credential.name,
  };
  const entry = `the entry ${key} (credential ${credential.name})`;
  return plannedChange(world, {
    before: [write, ...attaching.operations],
    edits: attaching.edits,
    restart: attaching.restart,
    risk: attaching.operations.length > 0 ? 'medium' : 'low',
    expects: covered.map(({ container, facts }) => ({
      container: keyOf(container),
      image: container.image,
      digests: facts === undefined ? [] : expectedDigests(facts),
    })),
    changes: [
      `Secret ${secret.name}: ${isNew ? `created with ${entry}` : `gets ${entry}; its other entries stay`}`,
      ...attaching.changes,
    ],
    effects: [
      ...attaching.effects,
      ...covered.flatMap(({ facts }) => streamingEffects(credential.host, 'A pull secret', facts)),
    ],
    warnings: [
      ...secret.warnings,
      ...attaching.warnings,
      ...uncovered(covered.length, credential),
      ...gitWarnings(world, attaching),
    ],
    undo: wayBack(write, attaching),
  });
}

function wayBack(write: WritePullSecret, attaching: Attaching): WayBack {
  const ways = waysOf(attaching);
  const secret = write.uid === null ? 'the Secret is deleted' : 'the Secret gets its previous content back';
  return {
    how: `${secret}${ways === '' ? '' : `, and its name is taken out of the ${ways}`}`,
    cannot: ['Images that nodes have pulled with it stay on the nodes.'],
    edits: invertEdits(attaching.edits),
    after: [
      ...attaching.operations.flatMap((operation) => editServiceAccount.reverse(operation).operations),
      ...writePullSecret.reverse(write).operations,
    ],
  };
}

function uncovered(count: number, credential: RegistryCredential): readonly string[] {
  const place = credential.pathPrefix === undefined ? credential.host : `${credential.host}/${credential.pathPrefix}`;
  return count > 0 ? [] : [`No image of this workload is at ${place}: the Secret helps only once one is.`];
}

function gitWarnings({ serviceAccount }: RemedyWorld, { operations }: Attaching): readonly string[] {
  if (operations.length === 0 || serviceAccount.kind !== 'found') return [];
  const owner = gitOwnerOfIdentity(serviceAccount.value);
  const names = operations.map(({ target }) => target.name);
  return owner === undefined
    ? []
    : [
        `Service account ${listed(names)} is kept in Git (${owner.tool}${owner.name === undefined ? '' : ` ${owner.name}`}), which may take the pull secret out again: add it there.`,
      ];
}

const attachments: Readonly<Record<string, 'serviceAccount' | 'template'>> = {
  template: 'template',
  'pod-template': 'template',
  podtemplate: 'template',
  'service-account': 'serviceAccount',
  serviceaccount: 'serviceAccount',
  sa: 'serviceAccount',
};

function readPullSecret({ words, repaired }: Arguments): ReadParams {
  const [registry, ...more] = words;
  if (registry === undefined) return { params: {} };
  if (!/^[\w.:/@-]{1,253}$/.test(registry) || ['secret', 'on'].includes(registry.toLowerCase())) {
    return mistake('After the workload comes the registry, as images or the configuration name it: `ghcr.io`.');
  }
  const params: Record<string, string> = { registry };
  for (let index = 0; index < more.length; ) {
    const word = (more[index] ?? '').toLowerCase();
    const value = more[index + 1];
    if (word === 'secret' && params['secret'] === undefined) {
      if (value === undefined || !isSubdomain(value)) return badName('name', value ?? '');
      params['secret'] = value;
      index += 2;
    } else if (word === 'on' && params['attach'] === undefined) {
      const attach = Object.hasOwn(attachments, value?.toLowerCase() ?? '')
        ? attachments[value?.toLowerCase() ?? '']
        : undefined;
      if (attach === undefined) return mistake('After `on` comes `template` or `service-account`.');
      params['attach'] = attach;
      index += 2;
      const account = more[index];
      if (attach === 'serviceAccount' && account !== undefined && account.toLowerCase() !== 'secret') {
        if (!isSubdomain(account)) return badName('name', account);
        params['serviceAccount'] = account;
        index += 1;
      }
    } else return unexpected(more[index] ?? '', registry, repaired);
  }
  return { params };
}

function unexpected(word: string, registry: string, repaired: Arguments['repaired']): Mistake {
  const message = `\`${cutWord(word)}\` was not expected: after the registry come \`secret NAME\` and \`on template\` or \`on service-account\`.`;
  const attach = Object.hasOwn(attachments, word.toLowerCase());
  return mistake(message, attach ? repaired([registry, 'on', word.toLowerCase()]) : undefined);
}

function formatPullSecret(params: RemedyParams): readonly string[] {
  const registry = wordOf(params, 'registry');
  if (registry.length === 0) return [];
  const [secret] = wordOf(params, 'secret');
  const [attach] = wordOf(params, 'attach');
  const on = attach === 'template' ? ['template'] : ['service-account', ...wordOf(params, 'serviceAccount')];
  return [
    ...registry,
    ...(secret === undefined ? [] : ['secret', secret]),
    ...(attach === undefined ? [] : ['on', ...on]),
  ];
}
