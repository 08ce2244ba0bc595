import type { Platform } from './outcome.ts';

/** Variants that a 32-bit arm binary may require, lowest first. */
const armLevels = ['v5', 'v6', 'v7', 'v8'];
/** First Windows build whose containers also run on later hosts (containerd platforms, windows compatibility). */
const ltsc2022Build = 20348;

/** Whether a node may run an image; `false` only where it certainly cannot. */
export function canRun(node: Platform, image: Platform): boolean {
  const host = normalise(node);
  const wanted = normalise(image);
  if (host.os !== wanted.os) return false;
  if (host.os === 'windows') return host.architecture === wanted.architecture && windowsFits(node, image);
  if (host.architecture === wanted.architecture) {
    return host.architecture !== 'arm' || armLevel(wanted, 'v7') <= armLevel(host, 'v8');
  }
  // containerd's `Only`: amd64 also takes 386, arm64 also takes 32-bit arm (docs/facts/registries.md#manifests).
  return (
    (host.architecture === 'amd64' && wanted.architecture === '386') ||
    (host.architecture === 'arm64' && wanted.architecture === 'arm')
  );
}

/** A child of an index, as `Manifest` has it. */
export interface PlatformChild {
  readonly digest: string;
  readonly platform?: Platform;
}

/** The child of an index that a node of this platform would use; undefined if none fits. */
export function childFor<Child extends PlatformChild>(node: Platform, children: readonly Child[]): Child | undefined {
  const fitting = children.filter(({ platform }) => platform !== undefined && canRun(node, platform));
  const sameArchitecture = fitting.filter(({ platform }) => platform?.architecture === node.architecture);
  return (
    sameArchitecture.find(({ platform }) => platform?.osVersion === node.osVersion) ?? sameArchitecture[0] ?? fitting[0]
  );
}

/** The spellings that uname and older tools use. */
const aliases: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armhf: 'arm',
  armel: 'arm',
  i386: '386',
};

function normalise({ os, architecture, variant }: Platform): Platform {
  const name = architecture.toLowerCase();
  return {
    os: os.toLowerCase(),
    architecture: aliases[name] ?? name,
    ...(variant === undefined ? {} : { variant: variant.toLowerCase() }),
  };
}

function armLevel({ variant }: Platform, otherwise: string): number {
  const level = armLevels.indexOf(variant ?? otherwise);
  return level < 0 ? armLevels.indexOf(otherwise) : level;
}

/** Builds must be equal before LTSC 2022; from then on a host runs its own and earlier builds down to LTSC 2022. */
function windowsFits(node: Platform, image: Platform): boolean {
  const host = windowsBuild(node.osVersion);
  const wanted = windowsBuild(image.osVersion);
  if (host === undefined || wanted === undefined) return true;
  return host >= ltsc2022Build ? wanted >= ltsc2022Build && wanted <= host : wanted === host;
}

/** 20348 of `10.0.20348.2113`. */
function windowsBuild(version: string | undefined): number | undefined {
  const build = /^\d+\.\d+\.(\d+)/.exec(version ?? '')?.[1];
  return build === undefined ? undefined : Number(build);
}
