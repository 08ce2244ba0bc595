import { providerOf } from '../providers/index.ts';

/**
 * What checks read in the settings of containers: their variables, arguments and termination messages. It is here, and
 * not beside each check, because a snapshot keeps these values and hides all others (`redact-snapshot.ts`): who wants to
 * read something else adds it here, and it is both read and kept.
 */

/** The artifact (a bundle, a model) that a setting names. */
export interface NamedArtifact {
  /** Without its registry. */
  readonly repository?: string;
  readonly digest?: string;
}

const digestPattern = /^sha256:[0-9a-f]{64}$/;
const referencePattern = /^(?<name>[a-z0-9][a-z0-9._:/-]*)@(?<digest>sha256:[0-9a-f]{64})$/;
const repositoryPattern = /^(?:[a-z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/;
/** Variables about source code, language packages, or the container's own image. */
const unrelated =
  /(^|_)(GIT|GITHUB|GITLAB|HELM|CHART|MAVEN|NPM|PYPI|APT|YUM|SOURCE|CODE|IMAGE|CHECKSUM|HASH|COMMIT)(_|$)/;
const longestValue = 512;

/** The artifact that a setting of this name (`BUNDLE_REF`, upper case) names. */
export function artifactIn(name: string, text: string): NamedArtifact | undefined {
  if (unrelated.test(name) || text.length > longestValue) return undefined;
  const value = text.trim();
  if (digestPattern.test(value))
    return /REF|BUNDLE|ARTIFACT|MODEL|PACKAGE|DIGEST|URI/.test(name) ? { digest: value } : undefined;
  const reference = referencePattern.exec(value)?.groups;
  if (reference?.['name'] !== undefined && reference['digest'] !== undefined) {
    return { repository: withoutHost(reference['name']), digest: reference['digest'] };
  }
  if (/_(REPOSITORY|REPO)$/.test(name) && repositoryPattern.test(value)) return { repository: withoutHost(value) };
  if (/_REGISTRY(_URL|_REF)?$/.test(name) && repositoryPattern.test(value)) {
    const path = withoutHost(value);
    return path === value ? undefined : { repository: path };
  }
  return undefined;
}

function withoutHost(name: string): string {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(0, slash));
  return slash > 0 && (/[.:]/.test(first) || first === 'localhost') ? name.slice(slash + 1) : name;
}

/** Whether a value is a reference with a digest, under whatever name. */
export function isReference(value: string): boolean {
  return value.length <= longestValue && referencePattern.test(value);
}

/** A flag among arguments, read like a variable: `--bundle-ref X` and `--bundle-ref=X` as `BUNDLE_REF`. */
export interface FlagWithValue {
  readonly name: string;
  /** As written: `--bundle-ref`. */
  readonly variable: string;
  readonly value: string;
  /** The words that it takes: its own, and the next one if that is its value. */
  readonly words: readonly number[];
}

/** Every word that may be a flag with a value. */
export function flagsOf(words: readonly string[]): readonly FlagWithValue[] {
  return words.flatMap((word, index) => {
    const flag = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word);
    const value = flag?.[2] ?? words[index + 1];
    if (flag?.[1] === undefined || value === undefined) return [];
    const name = flag[1].replaceAll('-', '_').toUpperCase();
    const taken = flag[2] === undefined ? [index, index + 1] : [index];
    return [{ name, variable: `--${flag[1]}`, value, words: taken }];
  });
}

/** Variables that say where images come from: `REGISTRY`, `IMAGE_REGISTRY`, `ECR_REGISTRY_URL`, `ECR_URI`. */
const registryVariable =
  /^((IMAGE|IMAGES|CONTAINER|DOCKER|OCI|ECR|ACR|GHCR|GCR|HARBOR|QUAY|BASE_IMAGE)_)?REGISTRY(_(URL|URI|HOST|SERVER|HOSTNAME))?$|^(ECR|ACR)_(URI|URL)$/;
const registryAddress = /^(?:https?:\/\/)?(?<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?)(?:\/[\w./-]*)?$/i;

/**
 * The host that a registry variable names: `acme.azurecr.io`, `https://ghcr.io/acme`, `localhost:5000`; undefined for
 * other variables and other text.
 */
export function registryIn(name: string, value: string): string | undefined {
  if (value.length > longestValue || !registryVariable.test(name)) return undefined;
  const host = registryAddress.exec(value.trim())?.groups?.['host'];
  return host !== undefined && /[.:]|^localhost$/.test(host) ? providerOf(host).canonicalHost(host) : undefined;
}

/** Commands that only keep a container alive. */
const idle =
  /(?<=^|[\s/])(?:sleep\s+(?:infinity|\d{3,}|inf)|tail\s+-f\s+\/dev\/null|pause)\b|while\s+(?:true|:|\[ 1 \])/g;

const longestCommand = 20_000;

/** Where the words of a command, joined by spaces, only keep the container alive: `[start, end)`. */
export function idlingIn(words: readonly string[]): readonly (readonly [start: number, end: number])[] {
  return [...words.join(' ').slice(0, longestCommand).matchAll(idle)].map(({ index, 0: text }) => [
    index,
    index + text.length,
  ]);
}

/** In a termination message, that the kernel cannot execute a program. */
export const execFormatError = /exec format error/i;
