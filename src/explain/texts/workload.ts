import type { CauseTexts } from './text.ts';

/** Texts about what runs, and about failures that are not the image's fault. */
export const workloadTexts = {
  stale_image: {
    meaning: 'The pods run a different image than intended, and a restart doesn’t change what the template names.',
    next: 'Set the image to the digest you want.',
    prevent: 'Give every build its own tag, such as the commit.',
  },
  pull_policy: {
    meaning: 'The pull policy keeps the node’s copy although the tag was pushed again.',
    next: 'Set the policy to Always or, better, pin the digest.',
    prevent: 'Never reuse a tag.',
  },
  mutable_tag: {
    meaning: 'The tag can point to another image tomorrow, so pods of one workload may run different ones.',
    next: 'Pin the digest in the template.',
    prevent: 'Give every build its own tag, and make tags immutable at the registry.',
  },
  placeholder_image: {
    meaning: 'A placeholder image is running instead of the real one.',
    next: 'Set the real image, once it is published.',
    prevent: 'Have the pipeline refuse placeholders outside of test namespaces.',
  },
  out_of_memory: {
    meaning: 'A process was killed for lack of memory.',
    next: 'Compare its use with the memory limit of the container and raise the limit, or reduce the work.',
    prevent: 'Set requests and limits from measured use, and alert before the limit is reached.',
  },
  application_crash: {
    meaning: 'The image was pulled and started; its program exited with an error.',
    next: 'Read the log of the container that exited (kubectl logs --previous).',
  },
  pull_stalled: {
    meaning: 'A pull neither ends nor fails, for longer than the size of the image explains.',
    next: 'See what else its node pulls: a pull ahead of it, a hanging runtime, or a hanging registry or mirror.',
    prevent:
      'Let kubelets pull in parallel (serializeImagePulls: false), and alert on pods that are ContainerCreating for long.',
  },
  not_image_related: {
    meaning: 'This is not about an image.',
    next: 'Look at what the message names; the image isn’t the problem.',
  },
  unknown: {
    meaning: 'No known cause matches this text.',
    next: 'Paste the whole message, from "Failed to pull image" to its end, or check the workload itself.',
  },
} satisfies CauseTexts;
