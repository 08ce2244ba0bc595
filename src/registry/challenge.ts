/** One authentication scheme a server offers (RFC 9110 section 11.6.1). Names are lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const maxHeaderCharacters = 16_384;
const tokenPattern = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const token68Pattern = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const equalsPattern = /[ \t]*=[ \t]*/y;
const quotedPattern = /"((?:[^"\\]|\\[\s\S])*)(?:"|$)/y;
const unquotedPattern = /[^\s,]*/y;
const betweenPattern = /[\s,]*/y;
const blanksPattern = /[ \t]*/y;

/**
 * The challenges of all `WWW-Authenticate` headers, in order. Quoted commas, escaped quotes, several challenges in one
 * header and any case of the scheme are supported; anything that isn't a challenge is skipped. Never throws.
 */
export function parseChallenges(headers: readonly string[]): readonly Challenge[] {
  return headers.flatMap((header) => parseHeader(header.slice(0, maxHeaderCharacters)));
}

function parseHeader(header: string): Challenge[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match === null) return undefined;
    at = pattern.lastIndex;
    return match;
  };
  while (at < header.length) {
    take(betweenPattern);
    const name = take(tokenPattern)?.[0].toLowerCase();
    if (name === undefined) {
      at += 1;
    } else if (take(equalsPattern) === undefined) {
      found.push({ scheme: name, parameters: new Map() });
      // A token68 is apart from its scheme. Tried after every name, a long word would be read once for each of them.
      if (take(blanksPattern)?.[0] !== '') take(token68Pattern);
    } else {
      const value = take(quotedPattern)?.[1]?.replaceAll(/\\([\s\S])/g, '$1') ?? take(unquotedPattern)?.[0] ?? '';
      const parameters = found.at(-1)?.parameters;
      if (parameters?.has(name) === false) parameters.set(name, value);
    }
  }
  return found;
}

/** How to authenticate: Bearer if a realm is given, otherwise Basic. */
export type Demand =
  | {
      readonly scheme: 'bearer';
      readonly realm: string;
      readonly service?: string;
      readonly scope?: string;
      /** RFC 6750: `insufficient_scope`, `invalid_token`. */
      readonly error?: string;
    }
  | { readonly scheme: 'basic' };

/** The demand in a refusal; undefined when the server offers no scheme that registries use. */
export function chooseDemand(challenges: readonly Challenge[]): Demand | undefined {
  for (const { scheme, parameters } of challenges) {
    const realm = parameters.get('realm');
    if (scheme === 'bearer' && realm !== undefined && realm !== '') {
      return {
        scheme: 'bearer',
        realm,
        ...optional('service', parameters.get('service')),
        ...optional('scope', parameters.get('scope')),
        ...optional('error', parameters.get('error')),
      };
    }
  }
  return challenges.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined;
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return value === undefined || value === '' ? {} : ({ [key]: value } as { readonly [P in K]?: string });
}
