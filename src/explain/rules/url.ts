/** A URL in a text. */
export interface Url {
  /** With its port, without credentials. */
  readonly host: string;
  /** From the first slash on, with the query. */
  readonly path: string;
  readonly isTls: boolean;
}

/** Whether this is a request to a registry or its token service, not a link to documentation. */
export function isRegistryRequest({ path }: Pick<Url, 'path'>): boolean {
  return /^\/(?:v[12](?:\/|\b)|token\b|oauth2\/|service\/token)/.test(path);
}

/** The first eight URLs of a text. */
export function urlsOf(line: string): readonly Url[] {
  return [...line.matchAll(/\bhttp(s?):\/\/([^\s/"'<>\\?#]{1,260})([^\s"'<>\\]*)/gi)]
    .slice(0, 8)
    .map(([, secure = '', authority = '', path = '']) => ({
      host: authority.slice(authority.lastIndexOf('@') + 1).replace(/(?<![:,;.)\]])[:,;.)\]]+$/, ''),
      path,
      isTls: secure !== '',
    }));
}
