import { expect, test, vi } from 'vitest';
import { parseProbeArguments } from '../../src/chatmaild/probe/arguments.ts';
import { configSchema } from '../../src/config/schema.ts';
import { probeFiles } from '../../src/relay/probe.ts';

// The bundles are made by the build, which unit tests do not need.
vi.mock('../../src/relay/bundles.ts', () => ({ readBundle: () => '' }));

/** What the command on the host tells the probe of a relay. */
const told = (settings: Readonly<Record<string, string>>) => {
  const [, script] = probeFiles(configSchema.parse(settings));
  const command = String(script?.content).trimEnd().split('\n').at(-1) ?? '';
  const [, words = ''] = /^exec (.*) "\$@"$/.exec(command) ?? [];
  const [node, program, ...args] = words.split(' ').map((word) => word.replace(/^'(.*)'$/, '$1'));
  expect([node, program]).toEqual(['/usr/bin/node', '/usr/local/lib/chatmaild/probe.cjs']);
  expect(script).toMatchObject({ path: '/usr/local/lib/chatmaild/probe', mode: 0o755 });
  return parseProbeArguments(args);
};

test('what the probe is told', () => {
  expect(told({ mail_domain: 'x.test', username_max_length: '12' })).toMatchObject({
    mailDomain: 'x.test',
    certificate: '/etc/ssl/private/chatmail.pem',
    roots: ['/etc/ssl/certs/ca-certificates.crt'],
    nameLength: { min: 9, max: 12 },
    anyCertificate: false,
    json: false,
  });
  expect(
    told({
      mail_domain: 'x.test',
      tls_external_cert_and_key: '/root/a.pem /root/b.pem',
      acme_root_certificate: '/root/ca.pem',
    }),
  ).toMatchObject({
    certificate: '/root/a.pem',
    roots: ['/etc/ssl/certs/ca-certificates.crt', '/root/ca.pem'],
  });
});

test('mail of a relay without a domain is not signed', () => {
  expect(told({ mail_domain: 'x.test' }).signer).toEqual({
    socket: '/run/opendkim/opendkim.sock',
    keys: '/etc/dkimkeys',
  });
  expect(told({ mail_domain: '192.0.2.1' }).signer).toBeUndefined();
});
