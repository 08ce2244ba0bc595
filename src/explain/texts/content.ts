import type { CauseTexts } from './text.ts';

/** Texts about references, manifests and layers. */
export const contentTexts = {
  invalid_image_name: {
    meaning: 'The image reference can’t be parsed, so no registry was asked.',
    next: 'Correct the reference: lower case, no spaces, one ":" before the tag, no unfilled variable.',
    prevent: 'Render manifests in the pipeline and check the image references there.',
  },
  short_name_ambiguous: {
    meaning: 'The reference has no registry, and the node isn’t allowed to guess which one is meant.',
    next: 'Write the reference with its registry, such as docker.io/library/nginx.',
    prevent: 'Always write the registry.',
  },
  platform_mismatch: {
    meaning: 'The image has no variant for the operating system and architecture of the node.',
    next: 'Build the image for that platform, or run the pod on nodes with a platform the image supports.',
    prevent: 'Build for every architecture of the cluster: docker buildx build --platform linux/amd64,linux/arm64.',
  },
  exec_format: {
    meaning:
      'The program in the image is for a different architecture than the node, or it is a script whose first line names no interpreter.',
    next: 'Compare the image’s architecture with the node’s, and build for the node’s.',
    prevent: 'Build with an explicit --platform, including on laptops with another processor.',
  },
  html_instead_of_manifest: {
    meaning:
      'A web page or an empty body came back instead of registry data: a login page, a proxy, or a wrong address.',
    next: 'Request the same address by hand and look at the final host and content type; check that the repository is part of the address. If a login page or proxy answers, its administrator has to let the registry through.',
    prevent: 'Check the content type before parsing, and write references as repository@sha256:….',
  },
  not_a_registry: {
    meaning: 'The host answers, but doesn’t speak the registry protocol.',
    next: 'Check host, path and scheme of the address: it is a portal, a web site or a proxy.',
    prevent: 'Put the login server, not the portal’s address, in the configuration.',
  },
  reference_format: {
    meaning: 'A reference to an artifact lacks its repository, or pusher and fetcher use different repositories.',
    next: 'Write the reference as repository@sha256:… and use the same repository for pushing and fetching.',
    prevent: 'Pass on the full reference the push printed, not only its digest.',
  },
  index_incomplete: {
    meaning: 'The tag’s index exists, but the manifest that it names for this platform was deleted from the registry.',
    next: 'Build and push the tag again, or use a tag whose manifests all exist; usually a clean-up of untagged versions deleted the manifest.',
    prevent: 'Have the registry’s clean-up keep untagged manifests that an index still names.',
  },
  image_moved: {
    meaning: 'The image, or the whole registry, was moved or retired.',
    next: 'Find its new place in the publisher’s documentation, and correct the reference in the workload. No credential helps.',
    prevent: 'Copy images of others to a registry of your own.',
  },
  schema1_unsupported: {
    meaning: 'The image has the old manifest format (Docker schema 1), which the runtime no longer reads.',
    next: 'Pull it with an old tool and push it again, or rebuild it.',
    prevent: 'Rebuild images that are older than 2017.',
  },
  blob_fetch_failed: {
    meaning: 'The manifest was read, but a layer could not be downloaded.',
    next: 'Check that nodes can reach the host that layers are redirected to (blob storage, CDN), then try again.',
    prevent: 'Allow the registry’s data hosts wherever the registry itself is allowed.',
  },
  blob_unknown: {
    meaning: 'The manifest names a layer or config that the registry doesn’t have: the image is damaged.',
    next: 'Push the image again.',
    prevent: 'Don’t run the registry’s garbage collection while images are being pushed.',
  },
  blob_corrupt: {
    meaning: 'The download doesn’t match its digest or size: it was truncated or changed in transit.',
    next: 'Try again; if it persists, clear the proxy or mirror in between, or push the image again.',
  },
  layer_extract_failed: {
    meaning: 'The layers were downloaded, but couldn’t be unpacked on the node.',
    next: 'Look at the disk and file system of the node; try the same image on another node.',
  },
  node_image_store: {
    meaning:
      'The image store of the node is damaged: it lists an image whose content, layer or snapshot is missing there. The registry isn’t the problem.',
    next: 'On the node, remove the image and pull it again: crictl rmi IMAGE; crictl pull IMAGE. If that fails, drain the node, clear its image store and restart the runtime, or replace the node. Pods on other nodes aren’t affected.',
    prevent: 'Don’t delete files of the runtime’s directory by hand, and give nodes disks that don’t fill up.',
  },
  disk_full: {
    meaning: 'The node’s disk is full.',
    next: 'Free space or use another node: the kubelet removes unused images and logs only over time.',
    prevent: 'Watch DiskPressure, and give nodes disks that fit the images.',
  },
  never_pull: {
    meaning: 'The pull policy is Never, and the image isn’t on the node or can’t be used without a credential check.',
    next: 'Load the image on the node, or set the pull policy to IfNotPresent.',
  },
  backoff_only: {
    meaning: 'The kubelet is only waiting before its next attempt; the cause is in an earlier message.',
    next: 'Look at the pod’s earlier events and its waiting message, or check the workload.',
  },
} satisfies CauseTexts;
