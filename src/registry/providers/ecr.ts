import { type Provider, plainHabits } from './provider.ts';

/** After awslabs/amazon-ecr-credential-helper `ecr-login/api/client.go` (registries.md 3.2). */
const PRIVATE =
  /^\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9][a-z0-9_-]*\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|on\.(?:aws|amazonwebservices\.com\.cn))$/;
const PUBLIC: ReadonlySet<string> = new Set(['public.ecr.aws', 'ecr-public.aws.com']);
const EXPIRED = /authorization token has expired|security token included in the request is expired/i;

/** Amazon ECR, private (Basic with a token of 12 hours) and public (registries.md 3.2). */
export const ecr: Provider = {
  ...plainHabits,
  id: 'ecr',
  serves: (host) => PRIVATE.test(host) || PUBLIC.has(host),
  manifestUnknownMeans: () => 'tag',
  hint: ({ message }) => (EXPIRED.test(message) ? 'credential-expired' : undefined),
};
