import { describe, expect, it } from 'vitest';
import {
  certificateFiles,
  certificateNames,
  certificateOrigin,
  selfSignedCommand,
} from '../../src/config/certificate.ts';
import { configSchema } from '../../src/config/schema.ts';

const selfSigned = configSchema.parse({ mail_domain: '_one.test' });
const external = configSchema.parse({
  mail_domain: 'chat.example.org',
  tls_external_cert_and_key: '/srv/tls/fullchain.pem   /srv/tls/key.pem',
});

describe('certificateOrigin', () => {
  it('follows the domain unless the operator brings a certificate', () => {
    expect(certificateOrigin(selfSigned)).toBe('self-signed');
    expect(certificateOrigin(configSchema.parse({ mail_domain: 'chat.example.org' }))).toBe('acme');
    expect(certificateOrigin(external)).toBe('external');
    expect(certificateOrigin({ ...external, mail_domain: '_one.test' })).toBe('external');
  });
});

describe('certificateFiles', () => {
  it("names the operator's files when there are some", () => {
    expect(certificateFiles(external)).toEqual({
      certificate: '/srv/tls/fullchain.pem',
      key: '/srv/tls/key.pem',
    });
  });

  it('keeps an own certificate and its key in one file', () => {
    const { certificate, key } = certificateFiles(selfSigned);
    expect(certificate).toBe(key);
  });
});

it('names what clients, browsers and other servers ask for', () => {
  expect(certificateNames('a.test')).toEqual(['a.test', 'www.a.test', 'mta-sts.a.test']);
});

describe('selfSignedCommand', () => {
  it('makes a server certificate for all names that signs no others', () => {
    const command = selfSignedCommand('_one.test', '/x.pem');
    expect(command).toContain(
      'subjectAltName=DNS:_one.test,DNS:www._one.test,DNS:mta-sts._one.test',
    );
    expect(command).toContain('basicConstraints=critical,CA:FALSE');
  });

  it('leaves a long domain out of the common name, which holds 64 characters', () => {
    const domain = `_${'a'.repeat(40)}.${'b'.repeat(40)}.test`;
    expect(selfSignedCommand(domain, '/x.pem')).toContain('/CN=chatmail relay');
  });
});
