import { basicOf, errorReply, type Personality, type RegistryState, type Reply, signIn } from './personality.ts';

/**
 * ECR's registry side as described in docs/facts/registries.md#ecr: a Basic challenge with a plain-text body, and the
 * message for an expired authorization token.
 */
export const ecr: Personality = {
  id: 'ecr',
  service: () => undefined,
  authorize: (request, wanted, state) => {
    const credentials = basicOf(request);
    if (credentials === undefined) return notAuthorized(state);
    const signed = signIn(credentials, state);
    if (signed === undefined) return notAuthorized(state);
    if (signed.expired)
      return errorReply(403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.');
    const { account } = signed;
    if (
      wanted !== undefined &&
      account.repositories !== undefined &&
      !account.repositories.includes(wanted.repository)
    ) {
      return errorReply(
        403,
        'DENIED',
        `User: arn:aws:sts::${accountId(state)}:assumed-role/nodes/i-0 is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:${region(state)}:${accountId(state)}:repository/${wanted.repository} because no identity-based policy allows the ecr:BatchGetImage action`,
      );
    }
    return undefined;
  },
  missing: (wanted, state) =>
    state.storage.repositories.has(wanted.repository)
      ? errorReply(404, 'MANIFEST_UNKNOWN', 'Requested image not found')
      : errorReply(
          404,
          'NAME_UNKNOWN',
          `The repository with name '${wanted.repository}' does not exist in the registry with id '${accountId(state)}'`,
        ),
};

function notAuthorized(state: RegistryState): Reply {
  return {
    status: 401,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'www-authenticate': `Basic realm="https://${state.host}/",service="ecr.amazonaws.com"`,
    },
    body: 'Not Authorized\n',
  };
}

function accountId({ host }: RegistryState): string {
  return host.split('.')[0] ?? '';
}

function region({ host }: RegistryState): string {
  return host.split('.')[3] ?? '';
}
