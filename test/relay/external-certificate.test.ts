import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { tlsPart } from '../../src/relay/tls.ts';
import { authority, selfSigned } from '../support/certificates.ts';

vi.mock('../../src/relay/bundles.ts', () => ({ readBundle: () => '' }));

const folder = mkdtempSync(join(tmpdir(), 'cmdeploy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ca = authority();
const good = ca.issue(['a.test'], 5);

/** What the check says of two files with these contents; undefined: the file is not there. */
const check = (
  certificate: string | undefined,
  key: string | undefined,
  domain = 'a.test',
): string[] => {
  const paths = { certificate: join(folder, 'certificate'), key: join(folder, 'key') };
  for (const path of Object.values(paths)) rmSync(path, { force: true });
  if (certificate !== undefined) writeFileSync(paths.certificate, certificate);
  if (key !== undefined) writeFileSync(paths.key, key);
  const config = configSchema.parse({
    mail_domain: domain,
    tls_external_cert_and_key: `${paths.certificate} ${paths.key}`,
  });
  const [precondition] = tlsPart(config, { debian: 13 }).preconditions ?? [];
  const output = execFileSync('sh', ['-s'], {
    input: precondition?.script ?? '',
    encoding: 'utf8',
    stdio: 'pipe',
  });
  return output.replaceAll(`${folder}/`, '').split('\n').filter(Boolean);
};

describe("the operator's certificate", () => {
  it('may be deployed when certificate and key fit the domain and each other', () => {
    expect(check(good.certificate + ca.certificate, good.key)).toEqual([]);
  });

  it('must be there', () => {
    expect(check(undefined, undefined)).toEqual(['certificate does not exist']);
    expect(check(good.certificate, undefined)).toEqual(['key does not exist']);
  });

  it('must be what it is said to be', () => {
    expect(check('garbage', good.key)).toEqual(['certificate holds no certificate in PEM form']);
    expect(check(good.certificate, 'garbage')).toEqual([
      'key holds no private key in PEM form, or one with a passphrase',
    ]);
  });

  it('must belong to its key, be for the domain, and be valid', () => {
    expect(check(good.certificate, selfSigned('_b.test'))).toEqual([
      'key does not belong to certificate',
    ]);
    expect(check(good.certificate, good.key, 'b.test')).toEqual(['certificate is not for b.test']);
    const ended = ca.issue(['a.test'], 0);
    expect(check(ended.certificate, ended.key)[0]).toContain('certificate has ended');
  });

  it('is not looked at when the relay has its own', () => {
    const own = configSchema.parse({ mail_domain: 'a.test' });
    expect(tlsPart(own, { debian: 13 }).preconditions).toEqual([]);
  });
});
