/** Certificates for the tests, made by openssl in a folder of their own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { selfSignedCommand } from '../../src/config/certificate.ts';

const folder = mkdtempSync(join(tmpdir(), 'cmdeploy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const openssl = (...args: readonly string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', cwd: folder, stdio: 'pipe' });

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const;

/** Certificate and key in one PEM text. */
export const selfSigned = (domain: string): string => {
  const file = join(folder, 'self.pem');
  rmSync(file, { force: true });
  const [, ...args] = selfSignedCommand(domain, file);
  openssl(...args);
  return readFileSync(file, 'utf8');
};

export interface Authority {
  readonly certificate: string;
  /** A certificate for `names`, also IP addresses, that is valid for `days` from now, and its key. */
  issue(names: readonly string[], days: number): { certificate: string; key: string };
}

const alternativeName = (name: string): string => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`;

let count = 0;

export const authority = (issuer?: { readonly name: string }): Authority & { name: string } => {
  count += 1;
  const name = `ca${count}`;
  const path = (suffix: string) => join(folder, `${name}.${suffix}`);
  const subject = ['-subj', `/CN=${name}`, '-keyout', path('key')];
  const extensions = ['-addext', 'basicConstraints=critical,CA:TRUE'];
  const config = ['-config', '/dev/null'];
  if (issuer === undefined) {
    const out = ['-days', '10', '-out', path('crt')];
    openssl('req', '-x509', ...config, ...NEW_KEY, ...subject, ...extensions, ...out);
  } else {
    openssl('req', '-new', ...config, ...NEW_KEY, ...subject, ...extensions, '-out', path('csr'));
    const by = ['-CA', `${issuer.name}.crt`, '-CAkey', `${issuer.name}.key`, '-copy_extensions'];
    openssl(
      'x509',
      '-req',
      '-in',
      path('csr'),
      ...by,
      'copyall',
      '-days',
      '9',
      '-out',
      path('crt'),
    );
  }
  return {
    name,
    certificate: readFileSync(path('crt'), 'utf8'),
    issue: (names, days) => {
      const alternative = `subjectAltName=${names.map(alternativeName).join(',')}`;
      const leaf = ['-subj', '/CN=leaf', '-addext', alternative, '-keyout', path('leaf.key')];
      openssl('req', '-new', ...config, ...NEW_KEY, ...leaf, '-out', path('leaf.csr'));
      const by = ['-CA', path('crt'), '-CAkey', path('key'), '-copy_extensions', 'copyall'];
      const certificate = openssl(
        ...['x509', '-req', '-in', path('leaf.csr'), ...by, '-days', String(days)],
      );
      return { certificate, key: readFileSync(path('leaf.key'), 'utf8') };
    },
  };
};
