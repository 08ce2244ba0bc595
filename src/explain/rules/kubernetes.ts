import type { Message } from './message.ts';
import type { Rule } from './rule.ts';

function notAboutPull({ text }: Message): boolean {
  return !/failed to pull|ErrImagePull|ImagePullBackOff|pulling image/i.test(text);
}

const configurationAdvice: readonly (readonly [pattern: RegExp, next: string])[] = [
  [/exceeded quota/i, 'Free some of the namespace’s quota, lower the requests, or have the quota raised.'],
  [
    /violates PodSecurity|security context constraint/i,
    'Set the securityContext that the message asks for, or run the pod where the policy allows what it needs.',
  ],
  [/runAsNonRoot/i, 'Set runAsUser to a number other than 0, or build the image with a non-root USER.'],
  [/couldn't find key/i, 'Add the key to the object in the message, or correct the key in the container’s reference.'],
];

/** What the kubelet and the API server report before, or instead of, asking a registry. */
export const kubernetesRules: readonly Rule[] = [
  {
    id: 'never-pull',
    pattern: /not present with pull policy of Never|ErrImageNeverPull/i,
    conclude: { cause: 'never_pull', confidence: 'certain', also: ['unauthorized'] },
    confirm: 'Look for the image in the node’s status. Since Kubernetes 1.35 a missing credential gives the same text.',
  },
  {
    id: 'pull-qps',
    pattern: /pull QPS exceeded/i,
    conclude: { cause: 'pull_qps_exceeded', confidence: 'certain' },
    confirm: 'Count the pods that started on the node in the same minute.',
  },
  {
    id: 'pull-secret-missing',
    pattern: /unable to retrieve some image pull secrets|FailedToRetrieveImagePullSecret|couldn't find pull secret/i,
    when: ({ text }) => !/failed to pull image|ErrImagePull: /i.test(text),
    conclude: {
      cause: 'pull_secret_missing',
      confidence: 'likely',
      meaning:
        'A pull secret that the pod names does not exist in its namespace. That alone is harmless; it matters only if the pull also fails.',
    },
    confirm: 'Look for the secret in the pod’s namespace, and check whether the pull failed.',
  },
  {
    id: 'admission',
    pattern:
      /admission webhook .{0,300}? denied the request|image verification failed|failed to verify image|\.attestors\[|denied by .{0,80}?(?:policy|gatekeeper|binary authorization)|image ?policy ?webhook|ValidatingAdmissionPolicy/i,
    conclude: ({ text }) => ({
      cause: 'admission_denied',
      confidence: 'certain',
      ...(/signature|attestor|verif/i.test(text) ? { also: ['signature_policy'] as const } : {}),
    }),
    confirm: 'Read the policy that the message names.',
  },
  {
    id: 'signature-policy',
    pattern:
      /SignatureValidationFailed|source image rejected|signature (?:was required|validation failed|verification failed)|is rejected by policy|no signature exists/i,
    conclude: { cause: 'signature_policy', confidence: 'certain' },
    confirm: 'Read the node’s policy.json, and list the signatures of the image.',
  },
  {
    id: 'registry-unavailable',
    pattern: /RegistryUnavailable|because the registry is unavailable/i,
    conclude: { cause: 'registry_unavailable', confidence: 'certain', also: ['registry_5xx', 'network_timeout'] },
    confirm: 'Request the image from the node and from elsewhere.',
  },
  {
    id: 'short-name',
    pattern:
      /short[- ]name (?:mode|resolution) (?:is )?enforc|returns ambiguous list|did not resolve to an alias and no unqualified-search registries|short-name .{0,80}?(?:ambiguous|enforced)/i,
    conclude: { cause: 'short_name_ambiguous', confidence: 'certain' },
    confirm: 'Read short-name-mode and unqualified-search-registries of the node’s registries.conf.',
  },
  {
    id: 'invalid-name',
    pattern:
      /couldn'?t parse image (?:name|reference)|invalid reference format|InvalidImageName|failed to apply default image tag|NAME_INVALID|TAG_INVALID|invalid (?:repository|image|tag) name|invalid image reference|failed to parse (?:image|reference)|repository name .{0,300}?must be (?:canonical|lowercase)|cannot specify 64-byte hexadecimal/i,
    conclude: { cause: 'invalid_image_name', confidence: 'certain' },
    confirm: 'Parse the image reference in the pod’s spec.',
  },
  {
    id: 'configuration',
    pattern:
      /CreateContainerConfigError|(?:secret|configmap|persistentvolumeclaim|serviceaccount)s? "[^"]{0,253}" not found|couldn't find key .{1,253}? in (?:Secret|ConfigMap)|runAsNonRoot and image (?:will run as root|has non-numeric user)|MountVolume\.\w{1,20} failed|FailedMount|exceeded quota|violates PodSecurity|unable to validate against any security context constraint/i,
    when: notAboutPull,
    conclude: ({ text }) => ({
      cause: 'not_image_related',
      confidence: 'certain',
      meaning:
        'The container could not be configured: something it refers to is missing or not allowed. The image is not the problem.',
      next:
        configurationAdvice.find(([pattern]) => pattern.test(text))?.[1] ??
        'Create or correct the object that the message names.',
    }),
    confirm: 'Look for the object that the message names, in the namespace of the pod.',
  },
  {
    id: 'placement',
    pattern:
      /\b0\/\d{1,6} nodes are available|FailedScheduling|(?:liveness|readiness|startup) probe failed|failed to set ?up (?:pod )?network for sandbox|failed to set ?up sandbox container|network ?plugin (?:cni )?(?:is not ready|failed)|plugin type="[\w.-]{1,60}" (?:name|failed)|\bcni plugin not initialized|NodeNotReady/i,
    when: notAboutPull,
    conclude: { cause: 'not_image_related', confidence: 'certain' },
    confirm: 'Read the events of the pod and the conditions of its node.',
  },
];

/** Messages without a cause; used only when no other rule knows more. */
export const lastRules: readonly Rule[] = [
  {
    id: 'restart-back-off',
    pattern: /back-?off .{0,30}?restarting failed container|CrashLoopBackOff/i,
    when: ({ text }) => !/ImagePullBackOff|pulling image/i.test(text),
    conclude: {
      cause: 'application_crash',
      confidence: 'possible',
      also: ['exec_format', 'out_of_memory'],
      meaning:
        'The image was pulled; its container starts and then exits, and the kubelet waits before the next start.',
    },
    confirm: 'Read exit code and reason of the last termination, and the container’s previous log.',
  },
  {
    id: 'back-off',
    pattern: /back-?off pulling image|ImagePullBackOff|ErrImagePull|^(?:error: )?failed to pull image ""[:.]?$/i,
    conclude: { cause: 'backoff_only', confidence: 'certain' },
    confirm: 'Read the earlier events of the pod, or ask the registry for the image.',
  },
  {
    id: 'inspect',
    pattern: /failed to inspect image|ImageInspectError/i,
    conclude: {
      cause: 'unknown',
      confidence: 'possible',
      meaning: 'The node’s runtime couldn’t inspect an image that it has: the runtime or snapshotter is broken.',
      next: 'Check whether other pods on the same node start; restart the runtime or replace the node.',
    },
    confirm: 'Compare with other pods on the same node.',
  },
  {
    id: 'present',
    pattern: /already present on machine/i,
    conclude: {
      cause: 'not_image_related',
      confidence: 'likely',
      also: ['stale_image', 'pull_policy'],
      meaning:
        'The node used the image that it already had. If the tag has been pushed again since, the pod runs the older image.',
      next: 'Compare the digest that runs with the tag’s current digest: check the workload.',
    },
    confirm: 'Compare the container’s imageID with the tag’s digest in the registry.',
  },
  {
    id: 'pulled',
    pattern: /successfully pulled image|^pulling image /i,
    conclude: {
      cause: 'not_image_related',
      confidence: 'likely',
      meaning: 'This means the pull is working; it reports no problem.',
      next: 'If the container still isn’t running, look at its state and its log.',
    },
    confirm: 'Read the state of the container.',
  },
];
