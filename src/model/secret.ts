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

/** A user name and password for one registry host. The password of an ACR refresh token or an ECR token counts too. */
export interface Credential {
  readonly username: string;
  readonly password: Secret;
  readonly expiresAt?: Date;
}
