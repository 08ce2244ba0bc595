/** Where an image lives, fully spelled out: `docker.io` and `library/` are never implied. */
export interface ImageRef {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}
