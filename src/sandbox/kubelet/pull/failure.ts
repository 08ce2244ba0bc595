/** The gRPC code of the runtime's answer; kubelets since 1.26 do not print `Unknown`. */
export type FailureCode =
  | 'Unknown'
  | 'NotFound'
  | 'FailedPrecondition'
  | 'InvalidArgument'
  | 'Unimplemented'
  | 'DeadlineExceeded';

/** A failed pull, in the runtime's wording. */
export class PullFailure extends Error {
  readonly code: FailureCode;
  /** The registry refused the authorization itself (`docker.ErrInvalidAuthorization`). */
  readonly refusedAuthorization: boolean;
  /** Status of the token service's response, if that is what failed. */
  readonly status: number | undefined;
  /** No prefix is added. */
  readonly isWhole: boolean;

  constructor(
    message: string,
    how: {
      readonly code?: FailureCode;
      readonly refusedAuthorization?: boolean;
      readonly status?: number;
      readonly isWhole?: boolean;
    } = {},
  ) {
    super(message);
    this.name = 'PullFailure';
    this.code = how.code ?? 'Unknown';
    this.refusedAuthorization = how.refusedAuthorization ?? false;
    this.status = how.status;
    this.isWhole = how.isWhole ?? false;
  }

  /** The same failure with a prefix, as `fmt.Errorf("…: %w")` wraps. */
  wrap(prefix: string): PullFailure {
    return this.isWhole ? this : this.reword((said) => `${prefix}: ${said}`);
  }

  /** The same failure in other words. */
  reword(change: (said: string) => string): PullFailure {
    const { code, refusedAuthorization, status, isWhole } = this;
    const message = change(this.message);
    return new PullFailure(message, {
      code,
      refusedAuthorization,
      isWhole,
      ...(status === undefined ? {} : { status }),
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
