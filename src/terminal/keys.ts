import { generateKeyPairSync } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { CommandLine } from './command.ts';
import { exitCode } from './exit-code.ts';
import type { Streams } from './streams.ts';

/** The variable and the Secret that the manifests read the private key from. */
const variable = 'IMAGECHECK_SIGNING_KEY';
const secretName = 'imagecheck-signing';

/** A pair of Ed25519 keys as the configuration reads them: base64 of the DER (PKCS #8 and SPKI). */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A new pair; it is not stored anywhere. */
export function newKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  };
}

/** `imagecheck keys`: prints a new pair, where each half goes and how to change keys. Writes no file. */
export async function keysCommand(
  { words, flags }: CommandLine<'json'>,
  streams: Pick<Streams, 'write'>,
): Promise<number> {
  if (words.length > 0) {
    throw new UserError('imagecheck keys takes no arguments.', {
      remedy: 'Type: imagecheck keys, or imagecheck keys --json',
    });
  }
  const pair = newKeyPair();
  await streams.write(
    flags.json === true ? `${JSON.stringify({ variable, ...pair }, undefined, 2)}\n` : explained(pair),
  );
  return exitCode.healthy;
}

function explained({ privateKey, publicKey }: KeyPair): string {
  return `# A new pair of keys for approvals. It is kept nowhere: this is the only time that it is shown.

# For the bot (or for imagecheck all) and nobody else: kubectl apply -n imagecheck -f -
apiVersion: v1
kind: Secret
metadata:
  name: ${secretName}
stringData:
  ${variable}: ${privateKey}

# For the imagecheck.yaml of every worker. It is not a secret; imagecheck all does not need it.
signing:
  publicKeys:
    - ${publicKey}

# To change keys: 1. add the new public key below the old one, for every worker and for the bot, and restart the
# workers. 2. Give the bot the new private key and restart it. 3. Remove the old public key when no log and no heartbeat
# names it as needed any more: pending plans, votes and undo need it, with the usual times for up to 48 h 20 min.
`;
}
