import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate with its private key, both as PEM. */
export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** A local certificate authority for server certificates. */
export interface Authority {
  readonly caPem: string;
  /** Issues a certificate for these DNS names and IPv4 addresses. */
  readonly issue: (names: readonly string[]) => Certificate;
}

/**
 * Creates an authority for one run (X.509 v3, RFC 5280; ECDSA P-256 with SHA-256). Node can sign certificates but not
 * build them, and openssl may be missing on a laptop.
 */
export function createAuthority(commonName: string, now: Date): Authority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const constraints = [
    extension('551d13', true, sequence(boolean(true))),
    // keyCertSign and cRLSign.
    extension('551d0f', true, der(0x03, Buffer.from([1, 0x06]))),
  ];
  const issuer = { name: commonName, key: keys.privateKey };
  const ca = certificate({ subject: commonName, publicKey: keys.publicKey, extensions: constraints, issuer, now });
  return {
    caPem: pem('CERTIFICATE', ca),
    issue: (names) => {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const extensions = [
        extension('551d11', false, sequence(...names.map(generalName))),
        // serverAuth.
        extension('551d25', false, sequence(oid('2b06010505070301'))),
        extension('551d0f', true, der(0x03, Buffer.from([7, 0x80]))),
      ];
      const signed = certificate({ subject: names[0] ?? 'server', publicKey: own.publicKey, extensions, issuer, now });
      const keyPem = own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      return { certPem: pem('CERTIFICATE', signed), keyPem };
    },
  };
}

interface Content {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly issuer: { readonly name: string; readonly key: KeyObject };
  readonly now: Date;
}

const dayMs = 86_400_000;
const ecdsaWithSha256 = '2a8648ce3d040302';

function certificate({ subject, publicKey, extensions, issuer, now }: Content): Buffer {
  const algorithm = sequence(oid(ecdsaWithSha256));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01;
  const validity = sequence(time(new Date(now.getTime() - dayMs)), time(new Date(now.getTime() + 3650 * dayMs)));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    distinguishedName(issuer.name),
    validity,
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, issuer.key);
  return sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
}

/** Tag, length, content (X.690, distinguished encoding rules). */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xffff ? 6 : length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.from([value ? 0xff : 0]));
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  // UTCTime until 2049, GeneralizedTime after (RFC 5280, 4.1.2.5).
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), der(0x04, value));
}

function generalName(name: string): Buffer {
  const address = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(name);
  return address === null ? der(0x82, Buffer.from(name)) : der(0x87, Buffer.from(address.slice(1).map(Number)));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
