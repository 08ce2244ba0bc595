/**
 * What the kubelet's events about images mean, read from their text
 * (docs/facts/kubernetes.md#events-and-waiting-reasons).
 */
export type KubeletEvent =
  | {
      readonly kind: 'pulled';
      readonly image: string;
      /** Time of the pull itself; kubelets before 1.20 do not report it. */
      readonly durationMs?: number;
      /** Including the wait for other pulls on the node; since 1.26. */
      readonly withWaitingMs?: number;
      /** Since 1.30. */
      readonly sizeBytes?: number;
    }
  | { readonly kind: 'present'; readonly image: string }
  | { readonly kind: 'pulling'; readonly image: string }
  | {
      /** `reason` is appended by newer kubelets: the error of the last attempt. */
      readonly kind: 'back-off';
      readonly image: string;
      readonly reason?: string;
    }
  | { readonly kind: 'failed'; readonly image: string; readonly reason: string }
  | { readonly kind: 'never-pulled'; readonly image: string }
  | { readonly kind: 'invalid-name'; readonly image: string; readonly reason: string }
  | { readonly kind: 'secrets-missing'; readonly names: readonly string[] };

const duration = String.raw`((?:[\d.]+(?:h|ms|m|µs|us|ns|s))+)`;
const pulled = new RegExp(
  String.raw`^Successfully pulled image "([^"]*)"(?: in ${duration})?(?: \(${duration} including waiting\))?(?:\. Image size: (\d+) bytes)?\.?$`,
);

/** Reads an event's message; undefined for any other text. Never throws. */
export function parseKubeletEvent(message: string): KubeletEvent | undefined {
  const text = message.trim().replace(/^\(combined from similar events\): /, '');
  return readPulled(text) ?? readSimple(text) ?? readFailure(text) ?? readSecrets(text);
}

function readPulled(text: string): KubeletEvent | undefined {
  const [, image, took, waited, size] = pulled.exec(text) ?? [];
  if (image === undefined) return undefined;
  const durationMs = took === undefined ? undefined : goDurationMs(took);
  const withWaitingMs = waited === undefined ? undefined : goDurationMs(waited);
  return {
    kind: 'pulled',
    image,
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(withWaitingMs === undefined ? {} : { withWaitingMs }),
    ...(size === undefined ? {} : { sizeBytes: Number(size) }),
  };
}

function readSimple(text: string): KubeletEvent | undefined {
  const [, present] = /^Container image "([^"]*)" already present on machine/.exec(text) ?? [];
  if (present !== undefined) return { kind: 'present', image: present };
  const [, pulling] = /^Pulling image "([^"]*)"$/.exec(text) ?? [];
  if (pulling !== undefined) return { kind: 'pulling', image: pulling };
  const [, never] = /^Container image "([^"]*)" is not present with pull policy of Never/.exec(text) ?? [];
  return never === undefined ? undefined : { kind: 'never-pulled', image: never };
}

function readFailure(text: string): KubeletEvent | undefined {
  const [, waiting, error] = /^Back-off pulling image "([^"]*)"(?::\s*(.+))?$/s.exec(text) ?? [];
  if (waiting !== undefined)
    return { kind: 'back-off', image: waiting, ...(error === undefined ? {} : { reason: error }) };
  const [, failed, reason = ''] = /^Failed to pull image "([^"]*)":\s*(.*)$/s.exec(text) ?? [];
  if (failed !== undefined) return { kind: 'failed', image: failed, reason };
  const [, invalid, why = ''] = /^Failed to apply default image tag "([^"]*)":\s*(.*)$/s.exec(text) ?? [];
  return invalid === undefined ? undefined : { kind: 'invalid-name', image: invalid, reason: why };
}

function readSecrets(text: string): KubeletEvent | undefined {
  const [, names] = /^Unable to retrieve some image pull secrets \(([^)]*)\)/.exec(text) ?? [];
  if (names === undefined) return undefined;
  return {
    kind: 'secrets-missing',
    names: names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  };
}

const unitMs: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  µs: 0.001,
  us: 0.001,
  ns: 0.000001,
};

/** Go writes durations as `1m2.3s` or `850ms`. */
function goDurationMs(text: string): number | undefined {
  const parts = [...text.matchAll(/([\d.]{1,20})(h|ms|m|µs|us|ns|s)/g)];
  const total = parts.reduce(
    (sum, [, amount = '', unit = '']) => sum + Number(amount) * (unitMs[unit] ?? Number.NaN),
    0,
  );
  return Number.isFinite(total) ? Math.round(total) : undefined;
}
