import type { CauseTexts } from './text.ts';

/** Names and rights. */
export const accessTexts = {
  denied_or_absent: {
    meaning:
      'The registry hides whether the image does not exist or may not be read: it gives the same answer for both.',
    next: 'Check the spelling of owner, repository and tag first; then ask the registry with a credential that may read it.',
    prevent: 'Check in the delivery pipeline that the image exists before the manifest that names it is applied.',
  },
  image_not_found: {
    meaning: 'The registry knows no image of this name, tag or digest.',
    next: 'Compare the reference with the tags of the repository, and correct it or push the image.',
    prevent: 'Deploy the digest that the push printed, and let the pipeline fail when the push failed.',
  },
  image_never_published: {
    meaning:
      'No image of this name was ever pushed, or it was deleted: the registry refuses even to hand out a token for it.',
    next: 'Publish the image, or correct owner and name; a pull secret does not help as long as it does not exist.',
    prevent: 'Let the build that publishes the image run before the manifests that name it.',
  },
  unauthorized: {
    meaning: 'The registry did not accept who asks: no valid login came with the request.',
    next: 'Check which pull secret of the pod or its service account covers this registry, and whether its login still works.',
    prevent: 'Use the platform’s identity for nodes or a credential that renews itself instead of a stored password.',
  },
  no_credentials: {
    meaning: 'No credential was sent at all: nothing the pod names covers this registry.',
    next: 'Add a pull secret for exactly this host to the pod’s namespace and its service account, or give the node’s role the right to pull.',
    prevent: 'Attach the pull secret to the service account of every namespace that pulls from this registry.',
  },
  expired_credentials: {
    meaning: 'A credential was sent, but its time is over.',
    next: 'Mint a new credential and replace the one in the secret; running containers are not affected, new pods are.',
    prevent: 'Renew the secret by schedule well before it ends, or use a credential provider of the kubelet.',
  },
  forbidden: {
    meaning: 'The registry refuses this image to whoever asked: known or not, the identity lacks the right.',
    next: 'Find out as whom the node asked, and give that identity the right to pull this repository.',
    prevent: 'Grant the right to pull to a group or role that every cluster’s identity belongs to.',
  },
  network_acl: {
    meaning: 'The registry’s firewall does not let the address of the node in.',
    next: 'Allow the egress address of the cluster at the registry, or link the private DNS zone to its network.',
    prevent: 'Give nodes a fixed egress address or a private endpoint.',
  },
  rate_limited: {
    meaning: 'The registry answers too many requests with a refusal for a while.',
    next: 'Wait for the window to pass, or pull with an account; a mirror or pull-through cache ends it for good.',
    prevent: 'Pull through a cache or copy the image to a registry of your own.',
  },
  pull_secret_missing: {
    meaning: 'A pull secret that the pod names does not exist in its namespace, or has no entry for the registry.',
    next: 'Create the secret in the pod’s namespace with an entry for exactly this host, or correct its name.',
    prevent: 'Create the secret together with the namespace.',
  },
  pull_secret_rejected: {
    meaning: 'The registry refuses the login of the pull secret.',
    next: 'Replace the login in the secret, and check that it may read this repository.',
    prevent: 'Check the login against the registry when the secret is written.',
  },
  registry_env_mismatch: {
    meaning: 'The environment of the container names another registry than its image comes from.',
    next: 'Make the REGISTRY variables and the image agree.',
    prevent: 'Set the registry in one place and derive both from it.',
  },
  signature_policy: {
    meaning: 'The runtime on the node only runs signed images, and found no signature it accepts.',
    next: 'Sign the image with the key the policy wants, or correct the policy of the node.',
    prevent: 'Sign in the pipeline that pushes.',
  },
  admission_denied: {
    meaning: 'A policy of the cluster refused the object before anything was pulled.',
    next: 'Read the rule that the message names, and change the image or ask its owners for an exception.',
    prevent: 'Run the same policies in the pipeline, before the manifest is applied.',
  },
} satisfies CauseTexts;
