import { UserError } from '../errors.ts';
import type { WorkerAccount } from '../kubernetes/rights/rbac.ts';
import { type RemediationFamily, remediationFamilies } from '../kubernetes/rights/worker-rights.ts';
import { isLabel, isSubdomain } from '../model/workload/kubernetes-names.ts';
import { type CommandLine, textFlag } from '../terminal/command.ts';
import { exitCode } from '../terminal/exit-code.ts';
import { processStreams } from '../terminal/streams.ts';
import { type ClusterFlag, clusterSetting } from './command-line.ts';
import { readConfig } from './configuration.ts';
import { openReader } from './reach.ts';

const usual: WorkerAccount = { namespace: 'imagecheck', name: 'imagecheck-worker' };
const type = 'Type: imagecheck rbac --namespaces NAMESPACE[,NAMESPACE]';

type Flag = 'namespaces' | 'service-account' | 'remediation' | 'config' | ClusterFlag;

/** `imagecheck rbac`: the worker's permissions as Roles, limited to the names in use. */
export async function rbac(args: CommandLine<Flag>): Promise<number> {
  const namespaces = namespacesOf(args);
  const account = accountOf(textFlag(args.flags, 'service-account'));
  const families = familiesOf(textFlag(args.flags, 'remediation'));
  const config = readConfig({ file: textFlag(args.flags, 'config') });
  const [{ rbacYaml }, reader] = await Promise.all([
    import('../kubernetes/rights/rbac.ts'),
    openReader(config, clusterSetting(config, args)),
  ]);
  try {
    const signal = AbortSignal.timeout(config.timeouts.checkMs);
    const found = await Promise.all(namespaces.map((namespace) => reader.namesInUse(namespace, { signal })));
    const names = found.map((fact, index) => {
      if (fact.known) return fact.value;
      throw new UserError(`cannot read what is in use in ${namespaces[index]}: ${fact.why}.`, {
        remedy: 'Run it as someone who can list workloads and service accounts there.',
      });
    });
    await processStreams().write(rbacYaml(names, account, families));
    return exitCode.healthy;
  } finally {
    await reader.close();
  }
}

function namespacesOf({ words, flags }: CommandLine<Flag>): readonly string[] {
  const names = [...new Set((textFlag(flags, 'namespaces') ?? '').split(',').map((name) => name.trim()))];
  const given = names.filter((name) => name !== '');
  if (words.length > 0) throw new UserError(`${words[0]} is an unexpected argument.`, { remedy: type });
  if (given.length === 0) throw new UserError('Say which namespaces.', { remedy: type });
  const wrong = given.find((name) => !isLabel(name));
  if (wrong !== undefined) throw new UserError(`${wrong} isn’t a valid namespace name.`, { remedy: type });
  return given;
}

function familiesOf(text: string | undefined): readonly RemediationFamily[] {
  const names = [...new Set((text ?? '').split(',').map((name) => name.trim()))].filter((name) => name !== '');
  return names.map((name) => {
    const found = remediationFamilies.find((family) => family === name);
    if (found !== undefined) return found;
    throw new UserError(`${name} isn’t a family of remedies.`, {
      remedy: `There are: ${remediationFamilies.join(', ')}.`,
    });
  });
}

function accountOf(text: string | undefined): WorkerAccount {
  if (text === undefined) return usual;
  const [namespace = '', name = '', ...more] = text.split('/');
  if (more.length === 0 && isLabel(namespace) && isSubdomain(name)) return { namespace, name };
  throw new UserError(`${text} isn’t a service account.`, { remedy: 'Type: --service-account NAMESPACE/NAME' });
}
