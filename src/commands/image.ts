import type { Target } from '../model/ask/ask.ts';
import { parseImage } from '../model/image/image.ts';
import { defined } from '../model/values/defined.ts';
import { isLabel, isSubdomain } from '../model/workload/kubernetes-names.ts';
import type { CommandEntry, ParsedCommand } from './command.ts';
import { mistake, type Words } from './grammar/options.ts';
import { type CommandDefaults, cutWord, notAName, places } from './grammar/workload.ts';

/** `image REF [as NAMESPACE/SERVICEACCOUNT]` */
export const image: CommandEntry = {
  word: 'image',
  spellings: [],
  permission: 'image',
  section: 'questions',
  takesText: false,
  help: {
    usage: 'image REF [as namespace/serviceaccount] [-c cluster] [--dm]',
    hint: 'image REF',
    summary:
      'Asks the registry for an image: anonymously and as the bot, or with the pull secrets of a service account.',
    examples: ['image ghcr.io/acme/web:1.2', 'image ghcr.io/acme/web:1.2 as prod/default'],
    overview: [
      ['image ghcr.io/acme/web:1.2', 'whether an image is there, and for whom'],
      ['image ghcr.io/acme/web:1.2 as prod/default', "the same with that service account's pull secrets"],
    ],
  },
  read,
  format(command) {
    if (command.type !== 'ask' || command.target.type !== 'image') return undefined;
    const { reference, as } = command.target;
    const account = as === undefined ? [] : ['as', `${as.namespace}/${as.serviceAccount}`];
    return ['image', reference, ...account, ...places(command)];
  },
  opensForm: () => false,
};

function read(words: Words, defaults: CommandDefaults): ParsedCommand {
  const [, reference, as, account, ...more] = words.positional;
  if (reference === undefined) return mistake('Say which image: `image ghcr.io/acme/web:1.2`.');
  const parsed = parseImage(reference);
  if (!parsed.ok || reference.length > 1024) {
    const reason = parsed.ok ? 'it is longer than 1024 characters' : parsed.reason;
    const meant = parsed.ok ? undefined : parsed.suggestion;
    return mistake(`\`${cutWord(reference)}\` isn’t a valid image reference: ${reason}.`, meant && `image ${meant}`);
  }
  if (as === undefined && words.namespace !== undefined) {
    return mistake(
      'An image is in no namespace. `as NAMESPACE/SERVICEACCOUNT` asks with the pull secrets of that account.',
      `image ${reference} as ${words.namespace}/default`,
    );
  }
  if (as === undefined) return imageAsk(reference, undefined, words, defaults);
  if (as.toLowerCase() !== 'as' || account === undefined || more.length > 0) {
    return mistake('After the image comes `as NAMESPACE/SERVICEACCOUNT`, or nothing.');
  }
  const parts = account.split('/');
  const serviceAccount = parts.at(-1) ?? '';
  const namespace = parts.length > 1 ? (parts[0] ?? '') : (words.namespace ?? defaults.namespace);
  if (namespace === undefined) return mistake(`In which namespace? \`as NAMESPACE/${cutWord(serviceAccount)}\`.`);
  if (parts.length > 2 || !isLabel(namespace) || !isSubdomain(serviceAccount)) return notAName(account);
  return imageAsk(reference, { namespace, serviceAccount }, words, defaults);
}

function imageAsk(
  reference: string,
  as: { readonly namespace: string; readonly serviceAccount: string } | undefined,
  words: Words,
  defaults: CommandDefaults,
): ParsedCommand {
  const target: Target = { type: 'image', reference, ...defined({ as }) };
  const cluster = words.cluster ?? defaults.cluster;
  return { ok: true, command: { type: 'ask', target, ...defined({ cluster }), dm: words.dm } };
}
