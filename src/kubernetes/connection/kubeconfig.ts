import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { reasonOf, UserError } from '../../errors.ts';
import { Secret } from '../../model/values/secret.ts';
import type { Pem, Proof, ServerAccess } from './server-access.ts';

const text = z.string().optional();

const Cluster = z.object({
  server: z.string().min(1),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': text,
  'proxy-url': text,
});

const Exec = z.looseObject({
  apiVersion: z.string(),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  provideClusterInfo: z.boolean().optional(),
});

const User = z.object({
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  as: text,
  'as-groups': z.array(z.string()).optional(),
  exec: Exec.nullish(),
  'auth-provider': z.looseObject({ name: z.string(), config: z.record(z.string(), z.unknown()).nullish() }).nullish(),
});
type User = z.infer<typeof User>;
type Cluster = z.infer<typeof Cluster>;

const Context = z.object({ cluster: z.string(), user: z.string().optional() });

/** Entries stay unparsed until they are needed: a broken user of another context must not matter. */
const Named = z.looseObject({ name: z.string() });
const Kubeconfig = z.object({
  'current-context': text,
  clusters: z.array(Named).nullish(),
  contexts: z.array(Named).nullish(),
  users: z.array(Named).nullish(),
});

interface Entry {
  readonly value: unknown;
  /** Folder of the file it is defined in; relative paths start there. */
  readonly folder: string;
}

interface Merged {
  currentContext?: string;
  readonly clusters: Map<string, Entry>;
  readonly contexts: Map<string, Entry>;
  readonly users: Map<string, Entry>;
}

/**
 * Reads how to reach one context of a kubeconfig. `path` may name several files, like `KUBECONFIG`; the first that
 * defines a name wins (client-go's merging rule). Throws a UserError that names the file and the entry, never their
 * content.
 */
export async function readKubeconfig(path: string | undefined, context: string | undefined): Promise<ServerAccess> {
  const paths = (path ?? join(homedir(), '.kube', 'config')).split(delimiter).filter((each) => each !== '');
  const merged: Merged = { clusters: new Map(), contexts: new Map(), users: new Map() };
  const failures: UserError[] = [];
  for (const file of paths) {
    try {
      merge(merged, parseKubeconfig(await readFile(file, 'utf8'), file), dirname(resolve(file)));
    } catch (error) {
      failures.push(error instanceof UserError ? error : unreadable(file, error));
    }
  }
  const [failure] = failures;
  // A missing file among several is normal (client-go skips it); no readable file at all is an error.
  if (failure !== undefined && failures.length === paths.length) throw failure;
  return accessOf(merged, context, paths.join(delimiter));
}

function unreadable(file: string, error: unknown): UserError {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return new UserError(`cannot read the kubeconfig ${file}: ${isMissing ? 'there is no such file' : reasonOf(error)}`, {
    cause: error,
    remedy: 'Name another one with --kubeconfig or KUBECONFIG.',
  });
}

/** Parses one file. Parser messages are left out: they quote the text, which may be a token. */
export function parseKubeconfig(content: string, file: string): z.infer<typeof Kubeconfig> {
  const document = parseDocument(content, { prettyErrors: false, logLevel: 'silent' });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const line = content.slice(0, problem.pos[0]).split('\n').length;
    throw new UserError(`the kubeconfig ${file} is not valid YAML (line ${line}: ${problem.code})`);
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    throw new UserError(`the kubeconfig ${file} is not valid YAML`, { cause: error });
  }
  return checked(Kubeconfig, value, `the kubeconfig ${file}`);
}

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) =>
    [issue.path.join('.'), issue.message].filter((part) => part !== '').join(': '),
  );
  throw new UserError(`${what} has errors: ${issues.slice(0, 5).join('; ')}`);
}

function merge(into: Merged, file: z.infer<typeof Kubeconfig>, folder: string): void {
  const current = file['current-context'];
  if (into.currentContext === undefined && current !== undefined && current !== '') into.currentContext = current;
  const add = (target: Map<string, Entry>, entries: readonly z.infer<typeof Named>[], field: string): void => {
    for (const entry of entries) {
      if (!target.has(entry.name)) target.set(entry.name, { value: entry[field] ?? {}, folder });
    }
  };
  add(into.clusters, file.clusters ?? [], 'cluster');
  add(into.contexts, file.contexts ?? [], 'context');
  add(into.users, file.users ?? [], 'user');
}

function listed(entries: ReadonlyMap<string, Entry>): string {
  return [...entries.keys()].join(', ') || 'none';
}

function accessOf(merged: Merged, wanted: string | undefined, file: string): ServerAccess {
  const name = wanted ?? merged.currentContext;
  const remedy = `contexts: ${listed(merged.contexts)}`;
  if (name === undefined) throw new UserError(`the kubeconfig ${file} has no current context`, { remedy });
  const contextEntry = merged.contexts.get(name);
  if (contextEntry === undefined) throw new UserError(`the kubeconfig ${file} has no context "${name}"`, { remedy });
  const context = checked(Context, contextEntry.value, `context "${name}" in ${file}`);
  const clusterEntry = merged.clusters.get(context.cluster);
  if (clusterEntry === undefined) {
    throw new UserError(`context "${name}" in ${file} names the cluster "${context.cluster}", which is not defined`, {
      remedy: `clusters: ${listed(merged.clusters)}`,
    });
  }
  const userName = context.user ?? '';
  const userEntry = userName === '' ? { value: {}, folder: '.' } : merged.users.get(userName);
  if (userEntry === undefined) {
    throw new UserError(`context "${name}" in ${file} names the user "${userName}", which is not defined`, {
      remedy: `users: ${listed(merged.users)}`,
    });
  }
  const cluster = checked(Cluster, clusterEntry.value, `cluster "${context.cluster}" in ${file}`);
  const user = checked(User, userEntry.value, `user "${userName}" in ${file}`);
  return { ...serverOf(cluster, clusterEntry.folder, file), ...userOf(user, userName, userEntry.folder) };
}

function serverOf(cluster: Cluster, folder: string, file: string): Omit<ServerAccess, 'proof'> {
  const server = URL.parse(cluster.server);
  if (server === null || !['http:', 'https:'].includes(server.protocol)) {
    throw new UserError(`the kubeconfig ${file} has a server that is not an http(s) URL`);
  }
  const ca = pem(cluster['certificate-authority-data'], cluster['certificate-authority'], folder);
  const tlsServerName = cluster['tls-server-name'];
  const proxyUrl = cluster['proxy-url'];
  return {
    server: `${server.origin}${server.pathname.replace(/(?<!\/)\/+$/, '')}`,
    skipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
    ...(ca === undefined ? {} : { ca }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(proxyUrl === undefined || proxyUrl === '' ? {} : { proxyUrl: new Secret(proxyUrl) }),
  };
}

function userOf(user: User, name: string, folder: string): Pick<ServerAccess, 'proof' | 'certificate' | 'impersonate'> {
  const cert = pem(user['client-certificate-data'], user['client-certificate'], folder);
  const key = pem(user['client-key-data'], user['client-key'], folder);
  return {
    proof: proofOf(user, name, folder),
    ...(cert === undefined || key === undefined ? {} : { certificate: { cert, key } }),
    ...(user.as === undefined ? {} : { impersonate: { user: user.as, groups: user['as-groups'] ?? [] } }),
  };
}

/** The order of client-go: a token file wins over a token, and both over a password; plugins come last. */
function proofOf(user: User, name: string, folder: string): Proof {
  if (user.tokenFile !== undefined && user.tokenFile !== '') {
    return { kind: 'token-file', path: resolve(folder, user.tokenFile) };
  }
  const token = user.token?.trim() ?? '';
  if (token !== '') return { kind: 'token', token: new Secret(token) };
  if (user.username !== undefined && user.username !== '') {
    return { kind: 'basic', username: user.username, password: new Secret(user.password ?? '') };
  }
  if (user.exec != null) {
    const { command, args, env } = user.exec;
    // A command with a slash is relative to the file, a bare one is looked up in PATH (client-go).
    const program = /[/\\]/.test(command) ? resolve(folder, command) : command;
    const info = { apiVersion: user.exec.apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
    // The client package does not tell plugins which version it wants; kubelogin and others require it.
    const told = [...(env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }];
    return { kind: 'exec', user: { name, exec: { ...user.exec, command: program, args: args ?? [], env: told } } };
  }
  const provider = user['auth-provider'];
  if (provider != null) return { kind: 'auth-provider', user: { name, authProvider: { ...provider } } };
  return { kind: 'anonymous' };
}

function pem(data: string | undefined, path: string | undefined, folder: string): Pem | undefined {
  // `…-data` overrides the file (client-go).
  if (data !== undefined && data !== '') {
    return { kind: 'data', pem: new Secret(Buffer.from(data, 'base64').toString('utf8')) };
  }
  return path === undefined || path === '' ? undefined : { kind: 'file', path: resolve(folder, path) };
}
