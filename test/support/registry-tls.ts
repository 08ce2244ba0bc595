import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority of its own, made with the openssl command. */
export interface Authority {
  readonly ca: string;
  issue(names: readonly string[], days?: { readonly from: string; readonly to: string }): Certificate;
}

/** Makes an authority; its files live only as long as the call that needs them. RSA takes longer to make. */
export function createAuthority(algorithm: 'ec' | 'rsa' = 'ec'): Authority {
  const newKey = (file: string): readonly string[] => {
    const kind = algorithm === 'rsa' ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    return ['-newkey', ...kind, '-nodes', '-keyout', `${file}.key`];
  };
  const root = inDirectory((directory) => {
    openssl(directory, [
      'req',
      '-x509',
      ...newKey('ca'),
      '-out',
      'ca.crt',
      '-days',
      '2',
      '-subj',
      '/CN=imagecheck test authority',
    ]);
    return { key: read(directory, 'ca.key'), cert: read(directory, 'ca.crt') };
  });
  return {
    ca: root.cert,
    issue: (names, days) =>
      inDirectory((directory) => {
        writeFileSync(join(directory, 'ca.key'), root.key);
        writeFileSync(join(directory, 'ca.crt'), root.cert);
        const alternatives = names.map((one) => `${/^[\d.]+$/.test(one) ? 'IP' : 'DNS'}:${one}`).join(',');
        writeFileSync(join(directory, 'names'), `subjectAltName=${alternatives}\n`);
        openssl(directory, ['req', ...newKey('leaf'), '-out', 'leaf.csr', '-subj', `/CN=${names[0] ?? 'none'}`]);
        const validity = days === undefined ? ['-days', '2'] : ['-not_before', days.from, '-not_after', days.to];
        sign(directory, validity);
        return { key: read(directory, 'leaf.key'), cert: read(directory, 'leaf.crt') };
      }),
  };
}

function sign(directory: string, validity: readonly string[]): void {
  const [first] = validity;
  if (first === '-days') {
    const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
    openssl(directory, [
      'x509',
      '-req',
      '-in',
      'leaf.csr',
      ...by,
      '-out',
      'leaf.crt',
      ...validity,
      '-extfile',
      'names',
    ]);
    return;
  }
  // `openssl x509` of OpenSSL 3.0 cannot set dates; the `ca` command can.
  writeFileSync(join(directory, 'index.txt'), '');
  writeFileSync(join(directory, 'serial'), '01\n');
  writeFileSync(
    join(directory, 'ca.cnf'),
    '[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n',
  );
  const [, from = '', , to = ''] = validity;
  const dates = ['-startdate', from, '-enddate', to];
  const by = ['-config', 'ca.cnf', '-cert', 'ca.crt', '-keyfile', 'ca.key', '-extfile', 'names'];
  openssl(directory, ['ca', '-batch', '-notext', '-in', 'leaf.csr', '-out', 'leaf.crt', ...dates, ...by]);
}

function openssl(cwd: string, args: readonly string[]): void {
  execFileSync('openssl', args, { cwd, stdio: 'pipe' });
}

function read(directory: string, file: string): string {
  return readFileSync(join(directory, file), 'utf8');
}

function inDirectory<T>(work: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'imagecheck-tls-'));
  try {
    return work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
