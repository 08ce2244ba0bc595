import type { Conclusion } from '../../model/finding/conclusion.ts';
import type { Rule } from './rule.ts';

function builder(meaning: string, next: string): Conclusion {
  return { cause: 'not_image_related', confidence: 'likely', meaning, next };
}

/** Clouds and image builders inside pods: their lines appear in container logs. */
export const pipelineRules: readonly Rule[] = [
  {
    id: 'aws-no-credentials',
    pattern:
      /unable to locate credentials|NoCredentialProviders|CredentialsProviderError|could not load credentials from any provider|no EC2 IMDS role found|NoCredentialsError|failed to refresh cached credentials/i,
    conclude: {
      cause: 'no_credentials',
      confidence: 'likely',
      meaning:
        'The program in the pod found no AWS credential: the secret is missing or not mounted, or the role was not injected.',
      next: 'Create the secret with the keys in this namespace, or annotate the service account with its role and restart the pods. Logging in on a laptop doesn’t help.',
    },
    confirm: 'Look at the pod’s AWS variables, the secret behind them, and the role annotation of its service account.',
    inLogs: true,
  },
  {
    id: 'aws-bad-keys',
    pattern:
      /InvalidClientTokenId|UnrecognizedClientException|security token included in the request is invalid|SignatureDoesNotMatch|InvalidIdentityToken|IDPRejectedClaim|IDPCommunicationError/,
    conclude: {
      cause: 'unauthorized',
      confidence: 'certain',
      meaning:
        'AWS rejects the keys or the token: they were deleted, come from different logins, or contain an extra character.',
      next: 'Write key, secret and session token again from one login, without a newline at the end.',
    },
    confirm: 'Ask STS whose keys they are; compare the key’s prefix (AKIA, ASIA) with the presence of a session token.',
    inLogs: true,
  },
  {
    id: 'aws-session-length',
    pattern: /exceeds the 1 hour session limit|exceeds the MaxSessionDuration|RegionDisabledException/,
    conclude: builder(
      'AWS refuses to issue a session of that duration or in that region.',
      'Request 3600 seconds when chaining roles, or use a user’s keys or the service account’s role.',
    ),
    confirm: 'Read the caller identity and the role’s maximum session duration.',
    inLogs: true,
  },
  {
    id: 'assume-role-denied',
    pattern: /not authorized to perform:? sts:AssumeRole/i,
    conclude: {
      cause: 'forbidden',
      confidence: 'certain',
      meaning: 'The role’s trust policy doesn’t allow this caller.',
      next: 'Compare the trust policy (provider, sub, aud) with the service account’s namespace and name.',
    },
    confirm: 'Read the role’s trust policy.',
    inLogs: true,
  },
  {
    id: 'push-reuse-blob',
    pattern: /trying to reuse blob .{0,300}?(?:403|denied|forbidden)/i,
    conclude: {
      cause: 'forbidden',
      confidence: 'likely',
      also: ['expired_credentials', 'unauthorized'],
      meaning: 'A push by podman or skopeo was refused when it checked which layers the registry already has.',
      next: 'Log in again where the push runs, and grant it the rights to push, pull and check layers.',
    },
    confirm: 'Find out which program wrote the line: a laptop or CI pushes with its own login, not with the pod’s.',
    inLogs: true,
  },
  {
    id: 'push-permissions',
    pattern: /error checking push permissions/i,
    conclude: ({ text, status }) =>
      status === 401 || /unauthorized|not authorized|no basic auth/i.test(text)
        ? { cause: 'unauthorized', confidence: 'likely', also: ['no_credentials', 'expired_credentials'] }
        : { cause: 'denied_or_absent', confidence: 'likely', also: ['forbidden', 'image_not_found'] },
    confirm: 'Check whether the repository exists, and ask the registry with the builder pod’s credential.',
    inLogs: true,
  },
  {
    id: 'tag-immutable',
    pattern: /ImageTagAlreadyExistsException|tag is immutable|tag invalid: .{0,200}?immutable/i,
    conclude: builder('The repository’s tags are immutable: a tag can’t be pushed twice.', 'Push with a new tag.'),
    confirm: 'Read the repository’s tag mutability setting.',
    inLogs: true,
  },
  {
    id: 'builder-home',
    pattern:
      /mkdir (?:~|\/|\/root|\/home\/\S{0,60})?\/?\.docker\/?:? ?(?:permission denied)?.{0,20}?permission denied|permission denied.{0,20}mkdir ~?\/?\.docker/i,
    conclude: builder(
      'The builder can’t write to its home directory: the cluster runs it as a random user.',
      'Set DOCKER_CONFIG to a directory under /tmp.',
    ),
    confirm: 'Read the pod’s HOME, DOCKER_CONFIG and user.',
    inLogs: true,
  },
  {
    id: 'builder-rights',
    pattern:
      /(?:chown|chmod|lchown) \/\S{0,200}:? .{0,40}?operation not permitted|failed to write "security\.capability" attribute|new[ug]idmap.{0,120}?(?:permission denied|operation not permitted|not permitted)|error resolving dockerfile path: .{0,200}?permission denied/i,
    conclude: builder(
      'The builder lacks the rights that unpacking image layers needs in this cluster.',
      'Use the default /kaniko directory, skip such files with --ignore-path, or run it under a security context that allows them.',
    ),
    confirm: 'Read the security context and the openshift.io/scc annotation of the pod, and the builder’s arguments.',
    inLogs: true,
  },
  {
    id: 'builder-container',
    pattern: /kaniko should only be run inside of a container/i,
    conclude: builder('The builder doesn’t detect that it runs in a container.', 'Run it with --force.'),
    confirm: 'Read the builder’s arguments.',
    inLogs: true,
  },
  {
    id: 'builder-binary',
    pattern:
      /kaniko-executor.{0,80}?(?:\b404\b|\bNot: (?:command )?not found)|^(?:\S{1,120}: )?(?:line \d{1,4}: )?Not: (?:command )?not found/i,
    conclude: {
      cause: 'application_crash',
      confidence: 'likely',
      meaning:
        'The program in the image is a downloaded "Not Found" page: its release did not exist when the image was built.',
      next: 'Rebuild the image and copy the program from an image of the executor.',
    },
    confirm: 'Run the program with the argument “version”, and compare the digest of the image with the newest build.',
    inLogs: true,
  },
  {
    id: 'pipeline-field',
    pattern: /unknown field "(?:spec\.)?securityContext"/i,
    conclude: builder(
      'This version of the pipeline format doesn’t have the field.',
      'Remove the field and use --ignore-path, or update the pipeline’s library.',
    ),
    confirm: 'Read the version of the pipeline’s library.',
    inLogs: true,
  },
];
