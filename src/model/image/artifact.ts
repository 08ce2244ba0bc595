import { cut } from '../text/words.ts';

/** An OCI artifact that is no container image: what it is, and what it is for. */
export interface ArtifactKind {
  /** With its article: `a Helm chart`. */
  readonly what: string;
  readonly use: string;
}

/** Words of media types and artifact types, and of messages that quote them. */
const kinds: readonly (readonly [pattern: RegExp, kind: ArtifactKind])[] = [
  [/helm/i, { what: 'a Helm chart', use: 'Install it with helm install NAME oci://REFERENCE.' }],
  [
    /wasm/i,
    {
      what: 'a WebAssembly module',
      use: 'It needs nodes with a WebAssembly runtime, and a RuntimeClass that names it in the pod.',
    },
  ],
  [
    /cosign|sigstore|notary|in-toto|attestation|dsse/i,
    {
      what: 'a signature or attestation',
      use: 'Tools such as cosign and notation read it; the image has another tag.',
    },
  ],
  [
    /spdx|cyclonedx|sbom/i,
    { what: 'a software bill of materials', use: 'Scanners read it; the image has another tag.' },
  ],
  [/flux/i, { what: 'a Flux artifact', use: 'An OCIRepository of Flux reads it.' }],
];

/** The kind of artifact that a media type, or a message about one, names; undefined if it is none of the usual ones. */
export function usualArtifact(text: string): ArtifactKind | undefined {
  return kinds.find(([pattern]) => pattern.test(text))?.[1];
}

/** What an artifact of this type is; of an unknown one, its type. */
export function artifactKind(type: string): ArtifactKind {
  return (
    usualArtifact(type) ?? {
      what: `an OCI artifact (${cut(type, 120)})`,
      use: 'Fetch it with the tool that made it, or with oras pull.',
    }
  );
}
