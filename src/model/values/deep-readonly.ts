/**
 * The same data, read-only at every depth. Schemas infer types whose fields can be written; what was read from the
 * world is never changed.
 */
export type DeepReadonly<T> = { readonly [Key in keyof T]: DeepReadonly<T[Key]> };
