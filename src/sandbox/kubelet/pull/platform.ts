/** The platform of a node or an image. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** The platform a node's runtime asks for; arm64 means variant v8. */
export function nodePlatform(os: string, architecture: string): Platform {
  return { os, architecture, ...(architecture === 'arm64' ? { variant: 'v8' } : {}) };
}

/**
 * How well a manifest's platform fits a node: 0 is exact, higher is older, undefined means not at all (containerd
 * `platforms.Only`: amd64 vN runs v(N-1)…v1, arm64 also runs 32-bit arm).
 */
export function platformRank(wanted: Platform, offered: Platform): number | undefined {
  if (wanted.os !== offered.os) return undefined;
  if (wanted.architecture === offered.architecture) {
    const [most, has] = [level(wanted), level(offered)];
    return has <= most ? most - has : undefined;
  }
  if (wanted.architecture === 'amd64' && offered.architecture === '386') return 100;
  if (wanted.architecture !== 'arm64' || offered.architecture !== 'arm') return undefined;
  const has = level(offered);
  return has >= 5 && has <= 8 ? 100 + 8 - has : undefined;
}

function level({ architecture, variant }: Platform): number {
  const defaults: Readonly<Record<string, number>> = { amd64: 1, arm64: 8, arm: 7 };
  const number = /^v(\d+)/.exec(variant ?? '')?.[1];
  return number === undefined ? (defaults[architecture] ?? 0) : Number(number);
}
