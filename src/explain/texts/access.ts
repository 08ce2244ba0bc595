import type { CauseTexts } from './text.ts';

/** Texts about names and rights. */
export const accessTexts = {
  denied_or_absent: {
    meaning: 'The registry hides whether the image doesn’t exist or can’t be read: it gives the same answer for both.',
    next: 'Check the spelling of owner, repository and tag first; then ask the registry with a credential that can read it.',
    prevent: 'Have the pipeline check that the image exists before it applies the manifest.',
  },
  image_not_found: {
    meaning: 'The registry has no image with this name, tag or digest.',
    next: 'Compare the reference with the tags of the repository, and correct it or push the image.',
    prevent: 'Deploy the digest that the push printed, and make the pipeline fail when the push fails.',
  },
  image_never_published: {
    meaning: 'No image of this name was ever pushed, or it was deleted: the registry won’t even issue a token for it.',
    next: 'Publish the image, or correct owner and name; a pull secret won’t help while the image doesn’t exist.',
    prevent: 'Run the build that publishes the image before applying the manifests that use it.',
  },
  unauthorized: {
    meaning: 'The registry rejected the request: it had no valid credential.',
    next: 'Check which pull secret of the pod or its service account covers this registry, and whether its credential still works.',
    prevent: 'Use the platform’s node identity or a credential that renews itself instead of a stored password.',
  },
  no_credentials: {
    meaning: 'No credential was sent: none of the pod’s pull secrets covers this registry.',
    next: 'Add a pull secret for exactly this host to the pod’s namespace and its service account, or give the node’s role pull access.',
    prevent: 'Attach the pull secret to the service account of every namespace that pulls from this registry.',
  },
  expired_credentials: {
    meaning: 'The credential that was sent has expired.',
    next: 'Issue a new credential and replace the one in the secret; running containers aren’t affected, new pods are.',
    prevent: 'Renew the secret on a schedule well before it expires, or use a kubelet credential provider.',
  },
  forbidden: {
    meaning: 'The registry refused access to this image: the identity that asked lacks the right.',
    next: 'Find out which identity the node used, and give it pull access to this repository.',
    prevent: 'Grant pull access to a group or role that every cluster’s identity belongs to.',
  },
  network_acl: {
    meaning: 'The registry’s firewall blocks the node’s address.',
    next: 'Allow the cluster’s egress address at the registry, or link the private DNS zone to its network.',
    prevent: 'Give nodes a fixed egress address or a private endpoint.',
  },
  rate_limited: {
    meaning: 'The registry’s rate limit is reached, so it refuses requests for a while.',
    next: 'Wait for the window to pass, or pull with an account; a mirror or pull-through cache solves it for good.',
    prevent: 'Pull through a cache or copy the image to a registry of your own.',
  },
  pull_secret_missing: {
    meaning: 'A pull secret that the pod names does not exist in its namespace, or has no entry for the registry.',
    next: 'Create the secret in the pod’s namespace with an entry for exactly this host, or correct its name.',
    prevent: 'Create the secret together with the namespace.',
  },
  pull_secret_rejected: {
    meaning: 'The registry rejects the pull secret’s credential.',
    next: 'Replace the credential in the secret, and check that it can read this repository.',
    prevent: 'Test the credential against the registry when the secret is written.',
  },
  registry_env_mismatch: {
    meaning: 'The environment of the container names a different registry from the one its image comes from.',
    next: 'Make the REGISTRY variables and the image agree.',
    prevent: 'Set the registry in one place and derive both from it.',
  },
  registry_policy: {
    meaning:
      'The registry refuses by a policy of its own or of its owner: vulnerabilities, signatures, a quota, a disabled account.',
    next: 'Read the registry’s message and ask its administrator; neither the name nor the pull credential is wrong.',
    prevent: 'Check policies and quotas of the registry in the pipeline, before the image is deployed.',
  },
  credential_plugin: {
    meaning: 'The kubelet’s credential provider on the node failed, so the image was requested without a credential.',
    next: 'Correct the plugin on the node: its file, its version and the API version in the CredentialProviderConfig must fit the kubelet. Then restart the kubelet. The application and the image aren’t the problem.',
    prevent: 'Update kubelet and credential provider together.',
  },
  signature_policy: {
    meaning: 'The node’s runtime only runs signed images, and found no signature it accepts.',
    next: 'Sign the image with the key the policy requires, or correct the node’s policy.',
    prevent: 'Sign in the pipeline that pushes.',
  },
  admission_denied: {
    meaning: 'A cluster policy refused the object before anything was pulled.',
    next: 'Read the rule the message names, and change the image or ask its owners for an exception.',
    prevent: 'Run the same policies in the pipeline, before the manifest is applied.',
  },
} satisfies CauseTexts;
