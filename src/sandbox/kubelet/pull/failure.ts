/** Which gRPC code the runtime's answer carries; `Unknown` is not printed by kubelets since 1.26. */
export type FailureCode = 'Unknown' | 'NotFound' | 'FailedPrecondition' | 'InvalidArgument' | 'Unimplemented';

/** A pull that did not succeed, in the runtime's words. */
export class PullFailure extends Error {
  readonly code: FailureCode;
  /** The registry refused the authorization itself (`docker.ErrInvalidAuthorization`). */
  readonly refusedAuthorization: boolean;
  /** Status of the token service's answer, when that was what failed. */
  readonly status: number | undefined;

  constructor(
    message: string,
    how: { readonly code?: FailureCode; readonly refusedAuthorization?: boolean; readonly status?: number } = {},
  ) {
    super(message);
    this.name = 'PullFailure';
    this.code = how.code ?? 'Unknown';
    this.refusedAuthorization = how.refusedAuthorization ?? false;
    this.status = how.status;
  }

  /** The same failure with more words in front, as `fmt.Errorf("…: %w")` wraps. */
  wrap(prefix: string): PullFailure {
    return new PullFailure(`${prefix}: ${this.message}`, {
      code: this.code,
      refusedAuthorization: this.refusedAuthorization,
      ...(this.status === undefined ? {} : { status: this.status }),
    });
  }
}

/** Wraps whatever `work` throws as a PullFailure; other errors are bugs and pass unchanged. */
export async function wrapping<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof PullFailure ? error.wrap(prefix) : error;
  }
}
