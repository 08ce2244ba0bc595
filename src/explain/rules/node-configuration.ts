import type { Conclusion } from '../../model/finding/conclusion.ts';
import type { Message } from './message.ts';
import { aboutPull, type Rule } from './rule.ts';

function configuration(meaning: string, next: string, more: Partial<Conclusion> = {}): Conclusion {
  return { cause: 'node_configuration', confidence: 'likely', meaning, next, ...more };
}

/** Where the program that wrote the text runs. */
function machine({ isBuilder }: Message): string {
  return isBuilder ? 'the machine of the build' : 'the node';
}

const readFile = 'Read the file that the message names, on the machine that wrote it.';
const pullOrKubelet = (message: Message): boolean =>
  aboutPull(message) || /kubelet|sandbox|\bCRI\b/i.test(message.text);

/** What the node, or the machine of a builder, was told about registries and credentials. */
export const configurationRules: readonly Rule[] = [
  {
    id: 'credential-plugin',
    pattern:
      /external registry credential provider|credential provider plugin|CRI auth plugins|CredentialProviderConfig|credential-provider-config/i,
    conclude: {
      cause: 'credential_plugin',
      confidence: 'likely',
      also: ['no_credentials', 'node_configuration'],
    },
    confirm:
      'Read the kubelet’s log and --image-credential-provider-config on the node, and run the plugin by hand there.',
    inLogs: true,
  },
  {
    id: 'credential-helper',
    pattern: /docker-credential-[\w-]{1,60}"?: executable file not found|error getting credentials/i,
    conclude: {
      cause: 'credential_plugin',
      confidence: 'likely',
      also: ['no_credentials'],
      meaning: 'The credential helper that config.json names is missing or failed where the text was written.',
      next: 'Install the credential helper in the image of the builder or on the machine of the build, or remove it (credsStore, credHelpers) from its config.json.',
    },
    confirm: 'Read credHelpers and credsStore of config.json where the message was written.',
    inLogs: true,
  },
  {
    id: 'policy-file',
    pattern:
      /invalid policy in|default signature policy|loading trust policy|open \S{0,200}policy\.json|policy\.json: no such file/i,
    conclude: (message) =>
      configuration(
        `The signature policy file (policy.json) on ${machine(message)} is missing or can’t be read, so every pull fails there; no signature was rejected.`,
        `Write a valid /etc/containers/policy.json on ${machine(message)}, or install the version of containers-common that fits its runtime or tools.`,
        { also: ['signature_policy'] },
      ),
    confirm: readFile,
  },
  {
    id: 'runtime-service',
    pattern:
      /unknown service runtime\.v1\w{0,12}\.(?:Image|Runtime)Service|failed to load plugin "?io\.containerd\.(?:grpc\.v1\.)?cri|invalid plugin config|cannot be set when .config_path. is provided/i,
    conclude: configuration(
      'The CRI plugin of the node’s runtime is disabled, failed to load, or speaks another version: no registry was asked.',
      'Correct config.toml of containerd on the node (disabled_plugins, duplicate mirror settings) or update it, then restart containerd.',
      { also: ['not_image_related'] },
    ),
    confirm: 'Read containerd’s log on the node from its start, and crictl info.',
  },
  {
    id: 'runtime-socket',
    pattern: /dial unix |cannot connect to the docker daemon/i,
    when: ({ text, isPull }) =>
      (isPull || /(?:containerd|crio|cri-dockerd|dockershim|docker)\S{0,60}\.sock|docker daemon/i.test(text)) &&
      !/soci|stargz|nydus|overlaybd|snapshotter/i.test(text),
    conclude: (message) =>
      configuration(
        `The container runtime on ${machine(message)} doesn’t answer: the address that failed is its own socket, not a registry.`,
        `Start or restart the runtime on ${machine(message)} (systemctl status containerd or crio), and check the endpoint that the kubelet or tool is given.`,
        { also: ['not_image_related'] },
      ),
    confirm: 'Read the runtime’s log on that machine, and check that its socket exists.',
  },
  {
    id: 'client-certificate',
    pattern:
      /remote error: tls: (?:certificate required|bad certificate|unknown certificate|handshake failure|unknown certificate authority)|No required SSL certificate was sent|client didn't provide a certificate/i,
    when: aboutPull,
    conclude: (message) =>
      configuration(
        `The registry wants a client certificate (mTLS), and ${machine(message)} sent none that it accepts. "remote error" is the server’s verdict on the client; the registry’s own certificate is trusted.`,
        `Give the runtime on ${machine(message)} the client certificate and key for this host (client in hosts.toml, client.cert in certs.d), and restart it if it doesn’t read them anew.`,
      ),
    confirm: 'Request the registry with and without the client certificate, from the same machine.',
  },
  {
    id: 'registries-file',
    pattern:
      /no registries configured while trying|error getting default registries|loading registries (?:configuration|conf)|registries\.conf.{0,80}(?:invalid|error|parse|mixing)|bare keys cannot contain|failed to decode hosts\.toml|invalid .host. tree|hosts\.toml.{0,80}(?:invalid|failed|parse)/i,
    conclude: (message) =>
      configuration(
        `The configuration of registries on ${machine(message)} (registries.conf, hosts.toml) is missing or can’t be read; no registry was asked.`,
        `Correct that file on ${machine(message)}: TOML with the tables that its version knows. Until then, references with their registry may still work.`,
        { also: ['short_name_ambiguous'] },
      ),
    confirm: readFile,
  },
  {
    id: 'sandbox-name',
    pattern: /failed to get sandbox image ""?(?:IMAGE"?)?: image .{0,10}not found/i,
    conclude: configuration(
      'The runtime didn’t find its sandbox image in its own store under the name in its configuration; the registry wasn’t asked.',
      'On the node, write the sandbox image with its registry (such as docker.io/…) into the runtime’s configuration and pull it there: crictl pull IMAGE.',
      { also: ['node_image_store'] },
    ),
    confirm: 'Compare crictl images on the node with sandbox_image (containerd) or pause_image (CRI-O).',
  },
  {
    id: 'daemon-file',
    pattern:
      /unable to configure the Docker daemon with file|(?:loading|parsing|read(?:ing)?) storage\.conf|storage\.conf.{0,60}(?:invalid|error)/i,
    when: pullOrKubelet,
    conclude: (message) =>
      configuration(
        `A configuration file of the runtime on ${machine(message)} can’t be read.`,
        `Correct the file that the message names on ${machine(message)}, and restart the runtime.`,
      ),
    confirm: readFile,
  },
];
