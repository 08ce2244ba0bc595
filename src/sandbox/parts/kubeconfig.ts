import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { reasonOf, UserError } from '../../errors.ts';
import type { ApiServer } from '../kubelet/api-client.ts';

const Named = z.object({ name: z.string() });
const Kubeconfig = z.object({
  'current-context': z.string(),
  contexts: z.array(Named.extend({ context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(
    Named.extend({
      cluster: z.object({
        server: z.url(),
        'certificate-authority-data': z.string().optional(),
        'certificate-authority': z.string().optional(),
      }),
    }),
  ),
  users: z.array(
    Named.extend({
      user: z.object({
        token: z.string().optional(),
        'client-certificate-data': z.string().optional(),
        'client-certificate': z.string().optional(),
        'client-key-data': z.string().optional(),
        'client-key': z.string().optional(),
      }),
    }),
  ),
});

/** Reads the current context of a kubeconfig for the sandbox's own clients: a token or a client certificate. */
export async function readKubeconfig(file: string): Promise<ApiServer> {
  const problem = (why: string) =>
    new UserError(`the kubeconfig ${file} cannot be used: ${why}`, {
      remedy: 'It needs a current context with a token or a client certificate.',
    });
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw problem(reasonOf(error));
  }
  const parsed = Kubeconfig.safeParse(parse(text));
  if (!parsed.success) throw problem(z.prettifyError(parsed.error));
  const { contexts, clusters, users, 'current-context': current } = parsed.data;
  const context = contexts.find(({ name }) => name === current)?.context;
  const cluster = clusters.find(({ name }) => name === context?.cluster)?.cluster;
  const user = users.find(({ name }) => name === context?.user)?.user;
  if (cluster === undefined || user === undefined) throw problem(`its context ${current} is incomplete`);
  const pem = async (data: string | undefined, path: string | undefined): Promise<string | undefined> => {
    if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
    return path === undefined ? undefined : readFile(resolve(dirname(file), path), 'utf8');
  };
  const [caPem, certPem, keyPem] = await Promise.all([
    pem(cluster['certificate-authority-data'], cluster['certificate-authority']),
    pem(user['client-certificate-data'], user['client-certificate']),
    pem(user['client-key-data'], user['client-key']),
  ]);
  if (user.token === undefined && (certPem === undefined || keyPem === undefined)) throw problem('it has no token');
  return {
    url: cluster.server,
    ...(user.token === undefined ? {} : { token: user.token }),
    ...(caPem === undefined ? {} : { caPem }),
    ...(certPem === undefined || keyPem === undefined ? {} : { client: { certPem, keyPem } }),
  };
}
