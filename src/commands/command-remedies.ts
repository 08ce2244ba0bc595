import type { RemedyId, RemedyParams } from '../model/change/change.ts';
import { isLabel, isSubdomain } from '../model/workload/kubernetes-names.ts';
import { type Arguments, formatImages, policyOf, type Read, readImages } from './command-images.ts';
import { type Mistake, mistake } from './command-options.ts';
import { badName, shown } from './command-workload.ts';

/** Reads the parameters of each remedy as it is asked for by name. */
export const argumentReaders: Readonly<Record<Exclude<RemedyId, 'undo'>, (given: Arguments) => Read>> = {
  'force-repull': repull,
  'set-image': readImages,
  'set-pull-policy': pullPolicy,
  'roll-back': rollBack,
  'add-pull-secret': addPullSecret,
};

/** Parameters in the words that the reader reads; what has no words is left out. */
export function formatArguments(remedy: Exclude<RemedyId, 'undo'>, params: RemedyParams): readonly string[] {
  return argumentWriters[remedy](params);
}

const argumentWriters: Readonly<Record<Exclude<RemedyId, 'undo'>, (params: RemedyParams) => readonly string[]>> = {
  'force-repull': (params) => (containersOf(params).length === 0 ? [] : ['only', ...containersOf(params)]),
  'set-image': formatImages,
  'set-pull-policy': (params) => [...textOf(params, 'policy'), ...containersOf(params)],
  'roll-back': ({ revision }) => {
    return typeof revision === 'number' || typeof revision === 'string' ? ['to', String(revision)] : [];
  },
  'add-pull-secret': formatPullSecret,
};

function formatPullSecret(params: RemedyParams): readonly string[] {
  const registry = textOf(params, 'registry');
  if (registry.length === 0) return [];
  const [secret] = textOf(params, 'secret');
  const [attach] = textOf(params, 'attach');
  const on = attach === 'template' ? ['template'] : ['service-account', ...textOf(params, 'serviceAccount')];
  return [
    ...registry,
    ...(secret === undefined ? [] : ['secret', secret]),
    ...(attach === undefined ? [] : ['on', ...on]),
  ];
}

function textOf(params: RemedyParams, key: string): readonly string[] {
  const value = params[key];
  return typeof value === 'string' ? [value] : [];
}

function containersOf(params: RemedyParams): readonly string[] {
  const { container, containers } = params as { readonly container?: unknown; readonly containers?: unknown };
  if (typeof container === 'string') return [container];
  return Array.isArray(containers) ? containers.filter((name) => typeof name === 'string') : [];
}

/** `only NAME…` limits it to containers; a name alone would look like a second workload. */
function repull({ words, repaired }: Arguments): Read {
  const [first, ...names] = words;
  if (first === undefined) return { params: {} };
  if (first.toLowerCase() !== 'only') {
    const message = `\`${shown(first)}\` is one word too many: one workload at a time.`;
    return mistake(
      `${message} Containers come after \`only\`.`,
      words.every(isLabel) ? repaired(['only', ...words]) : undefined,
    );
  }
  const wrong = wrongContainer(names);
  if (wrong !== undefined) return wrong;
  return names.length === 0
    ? mistake('After `only` come names of containers.', repaired([]))
    : { params: { containers: names } };
}

function pullPolicy({ words, repaired }: Arguments): Read {
  const [first, ...names] = words;
  const policy = policyOf(first);
  if (policy === undefined) {
    const elsewhere = words.map(policyOf).find((each) => each !== undefined);
    const others = words.filter((word) => policyOf(word) === undefined && isLabel(word));
    const meant = elsewhere === undefined ? undefined : repaired([elsewhere, ...others]);
    const found = first === undefined ? '' : `\`${shown(first)}\` is no pull policy. `;
    return mistake(`${found}Say which policy: Always, IfNotPresent or Never.`, meant);
  }
  const wrong = wrongContainer(names);
  return wrong ?? { params: { ...(names.length === 0 ? {} : { containers: names }), policy } };
}

function wrongContainer(names: readonly string[]): Mistake | undefined {
  const bad = names.find((name) => !isLabel(name));
  if (bad !== undefined) return badName('container', bad);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? undefined : mistake(`The container ${twice} is named twice.`);
}

/** A number, or the name of a ControllerRevision (StatefulSets and DaemonSets have numbers for it, too). */
function rollBack({ words, repaired }: Arguments): Read {
  const [to, ...more] = words;
  if (to === undefined) return { params: {} };
  const plain = to.toLowerCase() === 'to' ? more.filter((word) => !/^revision$/i.test(word)) : words;
  const [revision = '', extra] = plain;
  const isRevision = extra === undefined && isSubdomain(revision);
  if (to.toLowerCase() !== 'to') {
    const meant = isRevision ? repaired(['to', revision]) : undefined;
    return mistake('After the workload comes `to REVISION`, or nothing for the one before.', meant);
  }
  if (!isRevision) {
    return mistake(
      'Say which revision: `to 4`. `kubectl rollout history` lists them.',
      extra === undefined ? undefined : repaired(['to', revision]),
    );
  }
  const isNumber = /^[1-9]\d{0,14}$/.test(revision);
  if (/^\d+$/.test(revision) && !isNumber)
    return mistake(`There is no revision ${shown(revision)}: they begin with 1.`);
  return { params: { revision: isNumber ? Number(revision) : revision } };
}

const attachments: Readonly<Record<string, 'serviceAccount' | 'template'>> = {
  template: 'template',
  'pod-template': 'template',
  podtemplate: 'template',
  'service-account': 'serviceAccount',
  serviceaccount: 'serviceAccount',
  sa: 'serviceAccount',
};

function addPullSecret({ words, repaired }: Arguments): Read {
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
  const message = `\`${shown(word)}\` was not expected: after the registry come \`secret NAME\` and \`on template\` or \`on service-account\`.`;
  const attach = Object.hasOwn(attachments, word.toLowerCase());
  return mistake(message, attach ? repaired([registry, 'on', word.toLowerCase()]) : undefined);
}
