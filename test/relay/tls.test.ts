import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { certificateFiles, certificateOrigin, tlsPart } from '../../src/relay/tls.ts';
import { UnsupportedConfigError } from '../../src/relay/unsupported.ts';

const selfSigned = configSchema.parse({ mail_domain: '_one.test' });
const external = configSchema.parse({
  mail_domain: 'chat.example.org',
  tls_external_cert_and_key: '/srv/tls/fullchain.pem   /srv/tls/key.pem',
});
const normal = configSchema.parse({ mail_domain: 'chat.example.org' });

describe('certificateOrigin', () => {
  it('follows the domain unless the operator brings a certificate', () => {
    expect(certificateOrigin(selfSigned)).toBe('self-signed');
    expect(certificateOrigin(normal)).toBe('acme');
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
    expect(certificateFiles(selfSigned).key).toBe('/etc/ssl/private/mailserver.key');
  });
});

describe.each([12, 13] as const)('tlsPart on Debian %d', (debian) => {
  it('makes a certificate for all names of the relay that only root reads', () => {
    const [generated] = tlsPart(selfSigned, { debian }).generated ?? [];
    expect(generated?.mode).toBe(0o600);
    expect(generated?.owner).toEqual({ user: 'root', group: 'root' });
    expect(generated?.paths).toEqual(Object.values(certificateFiles(selfSigned)));
    expect(generated?.commands[0]).toContain(
      'subjectAltName=DNS:_one.test,DNS:www._one.test,DNS:mta-sts._one.test',
    );
    expect(generated?.commands[0]).toContain('basicConstraints=critical,CA:FALSE');
  });

  it('leaves a long domain out of the common name, which holds 64 characters', () => {
    const domain = `_${'a'.repeat(40)}.${'b'.repeat(40)}.test`;
    const part = tlsPart(configSchema.parse({ mail_domain: domain }), { debian });
    expect(part.generated?.[0]?.commands[0]).toContain('/CN=chatmail relay');
  });

  it("makes nothing when the certificate is the operator's", () => {
    expect(tlsPart(external, { debian })).toEqual({ name: 'tls' });
  });

  it('refuses a domain whose certificate must come from an authority', () => {
    expect(() => tlsPart(normal, { debian })).toThrow(UnsupportedConfigError);
    expect(() => tlsPart(normal, { debian })).toThrow(/chat\.example\.org needs an ACME/);
  });
});
