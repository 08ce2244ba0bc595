import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { parseArguments } from '../../src/terminal/arguments.ts';
import { keysCommand } from '../../src/terminal/keys.ts';
import { terminalCommands } from '../../src/wire/terminal-commands/index.ts';
import { parse } from '../config/outside.ts';

async function printed(...argv: readonly string[]): Promise<string> {
  let text = '';
  const write = async (more: string) => void (text += more);
  expect(await keysCommand(await parseArguments(['keys', ...argv], terminalCommands), { write })).toBe(0);
  return text;
}

describe('imagecheck keys', () => {
  it('prints a pair that belongs together and that the configuration reads', async () => {
    const { variable, privateKey, publicKey } = JSON.parse(await printed('--json'));
    const signer = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
    const verifier = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    const text = Buffer.from('approved');
    expect(verify(undefined, text, verifier, sign(undefined, text, signer))).toBe(true);

    const slack = { SLACK_BOT_TOKEN: 'x', SLACK_APP_TOKEN: 'x' };
    const bot = parse('clusters: [{id: a}]', { role: 'bot', env: { ...slack, [variable]: privateKey } });
    expect(bot.signing.publicKeys).toEqual([publicKey]);
    const worker = parse(`signing: {publicKeys: ["${publicKey}"]}`, { role: 'worker' });
    expect(worker.signing).toEqual({ publicKeys: [publicKey] });
  });

  it('says where each half goes and how keys are changed, in text that can be pasted', async () => {
    const text = await printed();
    const [secret = '', section = ''] = text.split(/^(?=signing:)/m);
    expect(parseDocument(secret).toJS()).toMatchObject({
      kind: 'Secret',
      metadata: { name: 'imagecheck-signing' },
      stringData: { IMAGECHECK_SIGNING_KEY: expect.stringMatching(/^MC4CAQAw/) },
    });
    expect(parse(section, { role: 'worker' }).signing.publicKeys).toHaveLength(1);
    expect(text).toContain('To change keys');
  });

  it('makes another pair each time, and takes no words', async () => {
    expect(await printed('--json')).not.toBe(await printed('--json'));
    await expect(keysCommand({ command: 'keys', words: ['x'], flags: {} }, { write: async () => {} })).rejects.toThrow(
      'takes no arguments',
    );
  });
});
