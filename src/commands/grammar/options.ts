import { editDistance } from '../../model/text/nearest-names.ts';

/** Words of a command, without its options. */
export interface Words {
  readonly positional: readonly string[];
  readonly namespace?: string;
  readonly cluster?: string;
  readonly dm: boolean;
}

/** A mistake in a command: what is wrong, and the whole command that was probably meant. */
export interface Mistake {
  readonly ok: false;
  readonly message: string;
  readonly didYouMean?: string;
}

type OptionName = 'namespace' | 'cluster' | 'dm';
interface Option {
  readonly name: OptionName;
  readonly value?: string;
}

const longOptions: Readonly<Record<string, OptionName>> = {
  namespace: 'namespace',
  n: 'namespace',
  ns: 'namespace',
  cluster: 'cluster',
  c: 'cluster',
  dm: 'dm',
};

/**
 * Extracts `-n`, `-c` and `--dm` from the words, wherever they are. `-n prod`, `-nprod`, `-n=prod`, `--namespace prod`
 * and `--namespace=prod` are the same. Dashes that autocorrection made longer or shorter (`-dm`, `--n`) do not matter.
 */
export function takeOptions(words: readonly string[]): Words | Mistake {
  const positional: string[] = [];
  const values: { namespace?: string; cluster?: string; dm?: true } = {};
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!/^-./.test(word)) {
      positional.push(word);
      continue;
    }
    const option = readOption(word);
    if (option === undefined) return unknownOption(word, words);
    if (option.name === 'dm') {
      if (option.value !== undefined) return mistake('`--dm` takes no value.');
      values.dm = true;
      continue;
    }
    const value = option.value ?? words[++index];
    if (value === undefined || value === '' || value.startsWith('-')) {
      return mistake(`\`${word}\` needs a value: \`--${option.name} NAME\`.`);
    }
    const earlier = values[option.name];
    if (earlier !== undefined && earlier !== value) {
      return mistake(`Two ${option.name}s are given: ${earlier} and ${value}. Give one.`);
    }
    values[option.name] = value;
  }
  return { ...values, positional, dm: values.dm ?? false };
}

function readOption(word: string): Option | undefined {
  const [, dashes = '', name = '', value] = /^(-{1,3})([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const long = Object.hasOwn(longOptions, name.toLowerCase()) ? longOptions[name.toLowerCase()] : undefined;
  if (long !== undefined) return { name: long, ...(value === undefined ? {} : { value }) };
  const [, letter, attached] = dashes === '-' ? (/^-([nc])(.+)$/s.exec(word) ?? []) : [];
  if (letter === undefined || attached === undefined) return undefined;
  return { name: letter === 'n' ? 'namespace' : 'cluster', value: attached };
}

function unknownOption(word: string, words: readonly string[]): Mistake {
  const [name = ''] = word.replace(/^-+/, '').toLowerCase().split('=');
  const near = ['namespace', 'cluster', 'dm'].find(
    (known) => editDistance(name.slice(0, 20), known) <= known.length / 3,
  );
  const message = `The option \`${word.slice(0, 60)}\` is not known; there are -n (--namespace), -c (--cluster) and --dm.`;
  if (near === undefined) return mistake(message);
  const meant = words.map((each) => (each === word ? word.replace(/^-+[^=]*/, `--${near}`) : each)).join(' ');
  return { ...mistake(message), didYouMean: meant };
}

/** A mistake, possibly with the command that was probably meant. */
export function mistake(message: string, didYouMean?: string): Mistake {
  return { ok: false, message, ...(didYouMean === undefined ? {} : { didYouMean }) };
}
