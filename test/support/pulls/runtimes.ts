/** A way of pulling with its own error texts. */
export interface RuntimeKind {
  readonly name: string;
  /** Variable with the path of its program (scripts/runtime-assets.mjs). */
  readonly variable: string;
  /** The transfer service of 2.1 and newer, or the earlier local pull, which 2.x can be configured to use. */
  readonly path: 'local' | 'transfer';
}

/** The runtimes with which the simulated kubelet's texts are compared. */
export const runtimeKinds: readonly RuntimeKind[] = [
  { name: 'containerd 1.6', variable: 'IMAGECHECK_CONTAINERD_1_6', path: 'local' },
  { name: 'containerd 1.7', variable: 'IMAGECHECK_CONTAINERD_1_7', path: 'local' },
  { name: 'containerd 2, local pull', variable: 'IMAGECHECK_CONTAINERD_2', path: 'local' },
  { name: 'containerd 2, transfer service', variable: 'IMAGECHECK_CONTAINERD_2', path: 'transfer' },
];
