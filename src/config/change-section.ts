import { z } from 'zod';
import type {
  ApprovalTimes,
  AuditSetting,
  RemediationSetting,
  SigningSetting,
} from '../model/approval/approval-settings.ts';
import { defined } from '../model/values/defined.ts';
import { Secret } from '../model/values/secret.ts';
import { HttpUrl, type NamedVariable, Names, Text, variable } from './fields.ts';
import type { Outside } from './outside.ts';
import { isPrivateKey, keyTexts, privateKeyText, publicKeyOf, publicKeyText } from './signing-keys.ts';

const makeOne = '`imagecheck keys` creates a key pair';

/**
 * `signing:`, resolved. A bot's public key follows from its private one; a worker has public ones only and never reads
 * the private one. Without keys the process runs but changes nothing.
 */
export function signingSection(outside: Outside) {
  const signs = outside.role === 'bot' || outside.role === 'all';
  return z
    .strictObject({
      privateKeyEnv: z
        .string()
        // The base64 may consist of letters and digits alone, as a variable's name may.
        .refine((text) => !isPrivateKey(text), writtenDown('expected the name of an environment variable'))
        .pipe(variable(outside, signs ? 'optional' : 'ignored'))
        .transform(privateKey)
        .prefault('IMAGECHECK_SIGNING_KEY')
        .describe('Environment variable with the Ed25519 private key that the bot signs approvals with.'),
      publicKeys: z
        .array(Text.transform(publicKey))
        .default([])
        .describe('Ed25519 public keys that bots and workers trust; during a key rotation also the old one.'),
      publicKeysFile: Text.transform((file, context) => keysOfFile(file, outside, context))
        .optional()
        .describe(
          'File with public keys, one per line or in PEM form; relative to this file. A bot may be without it.',
        ),
    })
    .transform(({ privateKeyEnv, publicKeys, publicKeysFile }): SigningSetting => {
      const own = privateKeyEnv === undefined ? [] : [publicKeyOf(privateKeyEnv)];
      return defined({
        privateKey: privateKeyEnv === undefined ? undefined : new Secret(privateKeyEnv),
        publicKeys: [...new Set([...own, ...publicKeys, ...(publicKeysFile ?? [])])],
      });
    })
    .prefault({})
    .describe('Keys for approvals: the bot signs, workers verify. Without them nothing is changed.');
}

function privateKey({ secret }: NamedVariable, context: z.core.$RefinementCtx): string | undefined {
  if (secret === undefined) return undefined;
  const key = privateKeyText(secret.reveal());
  if (key !== undefined) return key;
  const message = `the variable named here holds no Ed25519 private key (PKCS #8, PEM or base64); ${makeOne}`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

function writtenDown(expected: string): string {
  return `${expected}, but this is a private key: it belongs only in the bot's environment; create a new pair, because this one has been exposed`;
}

function publicKey(text: string, context: z.core.$RefinementCtx): string {
  const key = publicKeyText(text);
  if (key !== undefined) return key;
  const message = isPrivateKey(text)
    ? writtenDown('expected a public key')
    : `expected an Ed25519 public key (SPKI, PEM or base64); ${makeOne}`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

function keysOfFile(file: string, outside: Outside, context: z.core.$RefinementCtx): readonly string[] {
  const text = outside.read(file);
  const keys = text === undefined ? [] : keyTexts(text);
  if (keys.length > 0) return keys.map((key) => publicKey(key, context));
  // It may be mounted beside the workers only; a bot always has its own key.
  if (text === undefined && outside.role === 'bot') return [];
  const why = text === undefined ? 'the file cannot be read' : 'the file contains none';
  context.addIssue({ code: 'custom', message: `expected a file with Ed25519 public keys; ${why}` });
  return z.NEVER;
}

/** `remediation:`. Whoever may make a change may undo it. */
export function remediationSection(known: Outside) {
  return z
    .strictObject({
      remedies: z
        .array(z.enum(known.remedies))
        .default([])
        .describe('Remedies that workers may execute; none by default. undo is included with any other.'),
      namespaces: Names.min(1).default(['*']).describe('Namespaces where changes are allowed (globs).'),
      images: Names.min(1).default(['*']).describe('Images that may be set, as REGISTRY/REPOSITORY (globs).'),
    })
    .transform(
      ({ remedies, ...rest }): RemediationSetting => ({
        ...rest,
        remedies: remedies.length === 0 ? [] : [...new Set([...remedies, 'undo'])],
      }),
    )
    .prefault({})
    .describe('What may be changed at all, regardless of approvals. Each worker decides by its own file.');
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** `approvals:`. */
export const ApprovalsSection = z
  .strictObject({
    planMinutes: z.int().min(1).max(1440).default(60).describe('How long a plan can be approved, in minutes.'),
    undoMinutes: z.int().min(0).max(10_080).default(240).describe('How long Undo is offered, in minutes; 0 for never.'),
    keepDays: z.int().min(1).max(3650).default(90).describe('How long approvals are kept after they end, in days.'),
  })
  .transform(
    ({ planMinutes, undoMinutes, keepDays }): ApprovalTimes => ({
      planMs: planMinutes * minuteMs,
      undoMs: undoMinutes * minuteMs,
      keepMs: keepDays * dayMs,
    }),
  )
  .prefault({})
  .describe('How long changes wait for approval, can be undone and are kept.');

/** `audit:`, resolved. The token is present where records are sent from. */
export function auditSection(outside: Outside) {
  const sends = outside.role === 'bot' || outside.role === 'all';
  return z
    .strictObject({
      keepDays: z.int().min(1).max(3650).default(400).describe('How long Redis keeps audit records, in days.'),
      stdout: z
        .boolean()
        .default(false)
        .describe('Whether audit records are also written to standard output, as JSON.'),
      webhook: z
        .strictObject({
          url: HttpUrl.describe('URL that audit records are posted to, as JSON.'),
          tokenEnv: variable(outside, sends ? 'required' : 'optional')
            .optional()
            .describe('Environment variable with the bearer token for this URL.'),
        })
        .transform(({ url, tokenEnv }) => defined({ url, token: tokenEnv?.secret }))
        .optional()
        .describe('A destination outside Redis for audit records.'),
    })
    .transform(({ keepDays, ...rest }): AuditSetting => defined({ ...rest, keepMs: keepDays * dayMs }))
    .prefault({})
    .describe('Audit records of what was asked, decided and done: how long they are kept, and where else they go.');
}
