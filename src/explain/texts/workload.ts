import type { CauseTexts } from './text.ts';

/** What runs, and what is not the image's fault. */
export const workloadTexts = {
  stale_image: {
    meaning: 'The pods run another image than intended: a restart does not change what the template names.',
    next: 'Set the image to the digest that is wanted.',
    prevent: 'Give every build a tag of its own, such as the commit.',
  },
  pull_policy: {
    meaning: 'The pull policy keeps an image that is on the node, although the tag was pushed again.',
    next: 'Set the policy to Always or, better, name the digest.',
    prevent: 'Never reuse a tag.',
  },
  mutable_tag: {
    meaning: 'The tag can point to another image tomorrow, so pods of one workload may run different ones.',
    next: 'Name the digest in the template.',
    prevent: 'Give every build a tag of its own, and make tags immutable at the registry.',
  },
  placeholder_image: {
    meaning: 'A stand-in image runs in place of the real one.',
    next: 'Set the real image, once it is published.',
    prevent: 'Let the pipeline refuse stand-ins outside of test namespaces.',
  },
  out_of_memory: {
    meaning: 'A process was ended for lack of memory.',
    next: 'Compare its use with the memory limit of the container and raise the limit, or make the work smaller.',
    prevent: 'Set requests and limits from measured use, and alert before the limit is reached.',
  },
  application_crash: {
    meaning: 'The image was pulled and started; its own program ended with an error.',
    next: 'Read the log of the container that ended (kubectl logs --previous).',
  },
  not_image_related: {
    meaning: 'This is not about an image.',
    next: 'Look at what the message names; the image is not the problem.',
  },
  unknown: {
    meaning: 'No cause could be named from this text.',
    next: 'Give the whole message, from "Failed to pull image" to its end, or check the workload itself.',
  },
} satisfies CauseTexts;
