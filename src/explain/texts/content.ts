import type { CauseTexts } from './text.ts';

/** References, manifests and layers. */
export const contentTexts = {
  invalid_image_name: {
    meaning: 'The image reference cannot be parsed, so nothing was asked for.',
    next: 'Correct the reference: lower case, no spaces, one ":" before the tag, no variable left unfilled.',
    prevent: 'Render manifests in the pipeline and check the image references there.',
  },
  short_name_ambiguous: {
    meaning: 'The reference has no registry, and the node is not allowed to guess which one is meant.',
    next: 'Write the reference with its registry, such as docker.io/library/nginx.',
    prevent: 'Always write the registry.',
  },
  platform_mismatch: {
    meaning: 'The image has no variant for the operating system and architecture of the node.',
    next: 'Build the image for that platform, or run the pod on nodes of a platform it has.',
    prevent: 'Build for every architecture of the cluster: docker buildx build --platform linux/amd64,linux/arm64.',
  },
  exec_format: {
    meaning:
      'The program in the image is for another architecture than the node, or a script without a first line that names its interpreter.',
    next: 'Compare the architecture of the image with the node’s, and build it for that one.',
    prevent: 'Build with an explicit --platform, also on laptops with another processor.',
  },
  html_instead_of_manifest: {
    meaning:
      'A web page, or nothing, came back where data of the registry belongs: a login page, a proxy, or a wrong address.',
    next: 'Ask the same address by hand and look at the final host and the content type; check that the repository is part of the address.',
    prevent: 'Check the content type before parsing, and write references as repository@sha256:….',
  },
  not_a_registry: {
    meaning: 'The host answers, but not in the protocol of a registry.',
    next: 'Check host, path and scheme of the address: it is a portal, a web site or a proxy.',
    prevent: 'Keep the login server, not the portal’s address, in the configuration.',
  },
  reference_format: {
    meaning: 'A reference to an artifact lacks its repository, or pusher and fetcher use different repositories.',
    next: 'Write the reference as repository@sha256:… and use the same repository for pushing and fetching.',
    prevent: 'Hand on the whole reference that the push printed, not only its digest.',
  },
  schema1_unsupported: {
    meaning: 'The image has the old manifest format (Docker schema 1), which the runtime no longer reads.',
    next: 'Pull it with an old tool and push it again, or rebuild it.',
    prevent: 'Rebuild images that are older than 2017.',
  },
  blob_fetch_failed: {
    meaning: 'The manifest was read, but a layer could not be downloaded.',
    next: 'Check that nodes reach the host that layers are redirected to (blob storage, CDN), then try again.',
    prevent: 'Allow the registry’s data hosts wherever the registry itself is allowed.',
  },
  blob_unknown: {
    meaning: 'The manifest names a layer or config that the registry does not have: the image is damaged there.',
    next: 'Push the image again.',
    prevent: 'Do not run the registry’s garbage collection while images are pushed.',
  },
  blob_corrupt: {
    meaning: 'What was downloaded is not what its digest or size promises: cut short or changed on the way.',
    next: 'Try again; if it stays, clear the proxy or mirror in between, or push the image again.',
  },
  layer_extract_failed: {
    meaning: 'The layers were downloaded, but could not be unpacked on the node.',
    next: 'Look at the disk and file system of the node; try the same image on another node.',
  },
  disk_full: {
    meaning: 'The disk of the node is full.',
    next: 'Free space or use another node: unused images and logs are removed by the kubelet only in time.',
    prevent: 'Watch DiskPressure, and give nodes disks that fit the images.',
  },
  never_pull: {
    meaning:
      'The pull policy is Never, and the image is not on the node or may not be used without a credential check.',
    next: 'Load the image on the node, or set the pull policy to IfNotPresent.',
  },
  backoff_only: {
    meaning: 'This only says that the kubelet waits before it tries again; the cause stands in an earlier message.',
    next: 'Look at the earlier events of the pod and at the waiting message, or check the workload.',
  },
} satisfies CauseTexts;
