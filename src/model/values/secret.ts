/** A value that cannot be logged, serialised or interpolated by accident. `reveal()` is the only way in. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

/**
 * A user name and password for one registry host. This includes the password of an ACR refresh token or an ECR token.
 */
export interface Credential {
  readonly username: string;
  readonly password: Secret;
  readonly expiresAt?: Date;
}

/** The password to send when a registry wants a token as the user name (GitHub, GitLab, Gitea). */
const placeholders: ReadonlySet<string> = new Set(['', 'x', 'x-oauth-basic', 'oauth2', 'token', 'unused']);

/** Whether the user name is the secret, so it must not be shown either. */
export function isUsernameSecret({ password }: Credential): boolean {
  return placeholders.has(password.reveal().toLowerCase());
}
