import type { ResourceType } from './resource-types.ts';

/** The API server's error response: `Status` with its HTTP code (apimachinery `api/errors`). */
export class ApiError extends Error {
  readonly code: number;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(code: number, reason: string, message: string, details?: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.body = statusBody(code, reason, message, details);
  }
}

/** One invalid field: `spec.containers[0].image` and the error. */
export interface FieldProblem {
  readonly field: string;
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueNotSupported';
  readonly message: string;
}

type Named = Pick<ResourceType, 'group' | 'plural' | 'kind'>;

export function statusBody(
  code: number,
  reason: string,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: code < 300 ? 'Success' : 'Failure',
    ...(message === '' ? {} : { message }),
    ...(reason === '' ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    ...(code < 300 ? {} : { code }),
  };
}

/** `deployments.apps`, `pods`. */
export function qualified({ group, plural }: Pick<Named, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function detailsOf({ group, plural }: Named, name: string): Readonly<Record<string, unknown>> {
  return { name, ...(group === '' ? {} : { group }), kind: plural };
}

export function notFound(type: Named, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualified(type)} "${name}" not found`, detailsOf(type, name));
}

export function unknownPath(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(type: Named, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${qualified(type)} "${name}" already exists`, detailsOf(type, name));
}

export function conflict(
  type: Named,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(type)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, detailsOf(type, name));
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** The form of a list was requested for one object, or vice versa. */
export function notAcceptable(form: string): ApiError {
  return new ApiError(406, 'NotAcceptable', `you may only transform what it is into a ${form}`);
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new ApiError(415, 'UnsupportedMediaType', message, {});
}

/** 410: the revision is older than what is kept (API concepts, "410 Gone responses"). */
/** With a token, the rest of the list is still available. */
export function expired(message: string, continueToken?: string): ApiError {
  const error = new ApiError(410, 'Expired', message);
  if (continueToken === undefined) return error;
  return Object.assign(error, { body: { ...error.body, metadata: { continue: continueToken } } });
}

export function unauthorized(): ApiError {
  return new ApiError(401, 'Unauthorized', 'Unauthorized');
}

/** 422 with every invalid field, as `kubectl create` prints them. */
export function invalid(type: Named, name: string, problems: readonly FieldProblem[]): ApiError {
  const texts = problems.map(({ field, message }) => `${field}: ${message}`);
  const summary = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  const kind = type.group === '' ? type.kind : `${type.kind}.${type.group}`;
  return new ApiError(422, 'Invalid', `${kind} "${name}" is invalid: ${summary}`, {
    name,
    ...(type.group === '' ? {} : { group: type.group }),
    kind: type.kind,
    causes: problems.map(({ field, reason, message }) => ({ reason, message, field })),
  });
}
