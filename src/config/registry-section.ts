import { z } from 'zod';
import { ClusterId } from '../model/ask/ask.ts';
import type { RegistrySetting } from '../model/settings/settings.ts';
import { defined } from '../model/values/defined.ts';
import {
  always,
  certificates,
  HttpUrl,
  Names,
  RealmHost,
  RegistryField,
  RegistryHost,
  Text,
  unique,
  variable,
} from './fields.ts';
import type { Outside } from './outside.ts';

/** `registries:`, resolved. The keys have the names that existing bootstrap configurations use. */
export function registriesSection(outside: Outside) {
  return z
    .array(registryEntry(outside))
    .superRefine(unique('name'), always)
    .default([])
    .describe('Registries that need their own credential or address.');
}

function registryEntry(outside: Outside) {
  const secret = variable(outside, outside.role === 'bot' ? 'ignored' : 'required');
  return z
    .strictObject({
      name: Text.describe('Name that people and messages use for it; unique.'),
      registry: RegistryField.describe(
        'Host, host:port or host/path as images name it; https://index.docker.io/v1/ is Docker Hub.',
      ),
      usernameEnv: secret
        .optional()
        .describe('Environment variable with the user name; only together with passwordEnv.'),
      passwordEnv: secret.optional().describe('Environment variable with the password or token.'),
      appliesTo: Names.default([]).describe('Workload names (globs) that use this entry; empty means all.'),
      endpoint: HttpUrl.optional().describe(
        'Where to connect instead of https://HOST; plain http is allowed only here.',
      ),
      caFile: certificates(outside)
        .optional()
        .describe('PEM file with certificates trusted besides the system ones; relative to this file.'),
      tokenRealm: z
        .union([RealmHost.transform((host) => [host]), z.array(RealmHost)])
        .default([])
        .describe('Hosts besides the registry itself that may receive its credential as a token realm.'),
      allowPrivateAddresses: z
        .boolean()
        .default(true)
        .describe('Whether this registry may have a loopback or private address.'),
    })
    .superRefine(bothOrNeither, always)
    .transform(({ registry, usernameEnv, passwordEnv, caFile, tokenRealm, ...rest }): RegistrySetting => {
      const username = usernameEnv?.secret?.reveal();
      const password = passwordEnv?.secret;
      return defined({
        ...rest,
        ...registry,
        ca: caFile,
        credential: username === undefined || password === undefined ? undefined : { username, password },
        tokenRealms: tokenRealm,
      });
    });
}

function bothOrNeither(entry: unknown, context: z.core.$RefinementCtx): void {
  if (typeof entry !== 'object' || entry === null) return;
  const has = (key: string) => Reflect.get(entry, key) !== undefined;
  if (has('usernameEnv') === has('passwordEnv')) return;
  const [present, absent] = has('usernameEnv') ? ['usernameEnv', 'passwordEnv'] : ['passwordEnv', 'usernameEnv'];
  context.addIssue({ code: 'custom', path: [present], message: `expected ${absent} with it` });
}

/** `clusters:`; how a cluster is opened is decided later, depending on where the process runs. */
export function clustersSection(outside: Outside) {
  const mirror = z.strictObject({
    registry: RegistryHost.describe('Registry whose images it mirrors, such as docker.io.'),
    endpoint: HttpUrl.describe('URL of the mirror.'),
    caFile: certificates(outside).optional().describe('PEM file with certificates trusted for the mirror.'),
  });
  return z
    .array(
      z.strictObject({
        id: ClusterId.describe('Short id that people type after -c; also names the queue.'),
        context: Text.optional().describe('Context of the kubeconfig (an EKS ARN belongs here, not in id).'),
        kubeconfig: Text.optional().describe('Path of a kubeconfig; without it KUBECONFIG or ~/.kube/config.'),
        mirrors: z.array(mirror).default([]).describe("Mirrors that this cluster's nodes try first, in order."),
      }),
    )
    .superRefine(unique('id'), always)
    .default([])
    .describe(
      'Clusters that can be asked about; without any, the cluster the process runs in, or the current context.',
    );
}
