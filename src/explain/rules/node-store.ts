import type { Conclusion } from '../../model/finding/conclusion.ts';
import { usualArtifact } from '../../model/image/artifact.ts';
import type { Message } from './message.ts';
import { aboutPull, type Rule } from './rule.ts';

const otherNodes =
  'Check whether pods with the same image run on other nodes; if they do, the node’s store is at fault.';
const ownLayers = 'Compare the digests of the layers with the diff ids in the image’s config.';

const damaged: Conclusion = { cause: 'node_image_store', confidence: 'likely', also: ['layer_extract_failed'] };

function unpacking(meaning: string, next: string, more: Partial<Conclusion> = {}): Conclusion {
  return { cause: 'layer_extract_failed', confidence: 'likely', meaning, next, ...more };
}

function isUnpacking({ text, isPull }: Message): boolean {
  return isPull || /unpack|extract|layer|snapshot|untar|\bdiff\b/i.test(text);
}

/** What is missing or left over in the image store of a node. */
export const storeRules: readonly Rule[] = [
  {
    id: 'store-content',
    pattern:
      /failed to get reader from content store|blob sha256:\S{6,80} expected at \/|blob not found: not found|content digest sha256:\S{6,80} not found|failed to stat parent|parent snapshot \S{1,300} does not exist|missing parent "[^"]{0,300}" bucket|failed to create snapshot|unable to (?:find|determine) .{0,40}(?:snapshot|size: error locating layer)/i,
    conclude: damaged,
    confirm: otherNodes,
  },
  {
    id: 'store-layer',
    pattern:
      /\b(?:image|layer) not known|(?:locating|reading) (?:image|layer) (?:with ID )?"|error reading layer|error creating (?:overlay mount to|read-write layer)|(?:layer|snapshot|ID|name) \S{0,300} ?(?:is )?already in use|that (?:name|ID) is already in use|CorruptDockerOverlay2/i,
    when: ({ text }) => !/container name "/i.test(text),
    conclude: damaged,
    confirm: otherNodes,
  },
  {
    id: 'store-path',
    pattern:
      /\/(?:overlay2?(?:-images|-layers)?|layerdb|snapshots|io\.containerd\.(?:content|snapshotter|metadata)[\w.-]{0,60}|image\/\w{1,40})\/\S{0,600}: (?:no such file or directory|file exists|invalid argument|not a directory|structure needs cleaning)/i,
    conclude: damaged,
    confirm: otherNodes,
  },
];

/** Layers that were downloaded and could not be unpacked: the end of the message decides why. */
export const unpackRules: readonly Rule[] = [
  {
    id: 'unpack-windows',
    pattern: /failed in Win32|path contains invalid character|hcsshim::|hcs::/i,
    when: isUnpacking,
    conclude: {
      cause: 'platform_mismatch',
      confidence: 'likely',
      also: ['layer_extract_failed'],
      meaning:
        'A Windows node can’t unpack this layer: the image was most likely built for Linux, or for another Windows.',
      next: 'Run the pod on nodes with the operating system of the image (nodeSelector kubernetes.io/os), or build the image for Windows.',
    },
    confirm: 'Read operating system and version in the image’s config, and compare them with the node’s.',
  },
  {
    id: 'diff-id',
    pattern: /wrong diff id|layers from manifest don't match image configuration|mismatched image rootfs/i,
    conclude: unpacking(
      'The content of a layer doesn’t have the digest that the image’s config promises: the image was built or stored wrongly.',
      'Build the image again with an up-to-date builder and push it; docker save and load, and builders that recompress layers, can cause this.',
      { also: ['blob_corrupt'] },
    ),
    confirm: ownLayers,
  },
  {
    id: 'unpack-compression',
    pattern:
      /magic number mismatch|archive\/tar: invalid tar header|\bzstd\b|(?:unsupported|unknown|unrecognized) compression|gzip: invalid header/i,
    when: isUnpacking,
    conclude: unpacking(
      'The runtime of the node can’t read the compression of this layer: it is too old for zstd, or the layer is damaged.',
      'Update the container runtime on the node, or build the image with gzip layers (buildx: compression=gzip,force-compression=true).',
      { also: ['blob_corrupt', 'node_image_store'] },
    ),
    confirm: 'Read the media types of the layers (…+zstd), and the version of the runtime on the node.',
  },
  {
    id: 'unpack-read-only',
    pattern: /read-only file system|input\/output error/i,
    when: isUnpacking,
    conclude: unpacking(
      'The node can’t write to the disk of its image store: the file system is read-only or the disk fails.',
      'Look at the kernel log and the disk of the node, and replace the node; the image and the registry are fine.',
      { also: ['disk_full', 'node_image_store'] },
    ),
    confirm: 'Read dmesg and the mounts of the node.',
  },
  {
    id: 'unpack-busy',
    pattern: /device or resource busy|mount .{0,300}?: (?:resource )?busy/i,
    when: isUnpacking,
    conclude: unpacking(
      'A mount that the node needs for unpacking is still in use.',
      'Find the process that holds it on the node (lsof, a security agent), restart the container runtime, or restart the node.',
      { also: ['node_image_store'] },
    ),
    confirm: 'Look for processes and scanners on the node that open files of the image store.',
  },
  {
    id: 'unpack-attributes',
    pattern: /operation not (?:permitted|supported)(?:: unknown)?|l?setxattr|security\.capability/i,
    when: ({ text }) => /failed to (?:extract|register|apply|unpack)|unpack(?:ing)? image|applying layer/i.test(text),
    conclude: unpacking(
      'The node isn’t allowed to set an attribute (xattr, owner, device) of a file in this layer.',
      'Update the container runtime on the node (newer containerd ignores such attributes), or rebuild the image without them.',
    ),
    confirm: 'Pull the image on a node with a newer runtime.',
  },
  {
    id: 'image-volume',
    pattern: /ImageVolumeMountFailed|failed to mount image volume/i,
    conclude: unpacking(
      'The image of a volume is on the node, but its runtime couldn’t mount it.',
      'Look at the snapshotter and the version of the runtime on the node; the container’s own image isn’t the problem.',
      { confidence: 'possible', also: ['lazy_pull_backend_unavailable', 'node_image_store'] },
    ),
    confirm: 'Mount the same image on a node with another runtime version or snapshotter.',
  },
  {
    id: 'layer',
    pattern:
      /failed to (?:extract|register|apply|unpack) (?:the )?(?:layer|image on snapshotter|diff)|unpack: failed|failed to prepare extraction snapshot|failed to apply diff|gzip: invalid checksum|potentially insufficient UIDs|failed to Lchown/i,
    conclude: ({ text }) =>
      /insufficient UIDs|Lchown/i.test(text)
        ? unpacking(
            'The layer has files of users that don’t exist in the user namespace where it is unpacked.',
            'Give the runtime or builder more subordinate ids (/etc/subuid, /etc/subgid), or build the image with lower user ids.',
          )
        : {
            cause: 'layer_extract_failed',
            confidence: 'likely',
            also: ['disk_full', 'blob_corrupt', 'node_image_store'],
          },
    confirm: 'Look at the disk of the node, and pull the same image on another node.',
  },
];

/** References that name something other than a container image. */
export const artifactRules: readonly Rule[] = [
  {
    id: 'artifact',
    pattern:
      /invalid rootfs in image configuration|vnd\.cncf\.helm|vnd\.(?:wasm|module\.wasm)|wasm\.(?:config|content)|unsupported (?:config )?media ?type "?application\/|unknown (?:config )?media type "?application\/|is an OCI artifact|(?:not a|isn't a) (?:container|valid) image/i,
    when: ({ text }) => !/distribution\.manifest\.v1\+|artifact err: /i.test(text),
    conclude: ({ text }) => ({
      cause: 'reference_format',
      confidence: 'likely',
      also: ['registry_other_status', 'layer_extract_failed'],
      meaning: `The reference names ${artifactName(text)}, not a container image, so no runtime can start it.`,
      next: 'Put the container image into the pod, and use the artifact with the tool it is for (helm install oci://…, a WebAssembly runtime, oras pull).',
    }),
    confirm: 'Read the artifact type and the media type of the config in the manifest.',
  },
];

function artifactName(text: string): string {
  return usualArtifact(text)?.what ?? 'an OCI artifact such as a Helm chart';
}

/** The index of the tag is there; the manifest that it names for this platform is not. */
export const indexRules: readonly Rule[] = [
  {
    id: 'index-child',
    pattern: /content at \S{1,600} not found|manifest unknown|\b404\b|\bnot found\b/i,
    when: (message) => message.childDigest !== undefined && aboutPullOrContent(message),
    conclude: { cause: 'index_incomplete', confidence: 'likely', also: ['image_not_found'] },
    confirm: 'Request the index of the tag, and send a HEAD request for each manifest that it names.',
  },
];

function aboutPullOrContent(message: Message): boolean {
  return aboutPull(message) || /content at /i.test(message.text);
}
