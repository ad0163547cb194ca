import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cmdeploy, type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { openMailbox } from '../support/imap.ts';
import { addAddresses, removeNames } from '../support/lab-zone.ts';
import { newAccount } from '../support/relays.ts';
import { servedAt, TLS_PORTS } from '../support/tls.ts';
import { downHost, upHost } from '../support/warm-host.ts';

const RENEWAL_MS = 60_000;
const RELOAD_MS = 30_000;
const RESOLVER_MS = 90_000;

/** As the relay would have it from an authority that is gone, at the end of its time. */
const ENDED_CERTIFICATE = `
cd "$(mktemp -d)"
domain=$1
new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config /dev/null'
openssl req -x509 $new -subj /CN=old-authority -days 1 -keyout ca.key -out ca.pem
openssl req -new $new -subj /CN=old -keyout key.pem -out request.pem
echo "subjectAltName=DNS:$domain,DNS:www.$domain,DNS:mta-sts.$domain" > names
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -days 0 -extfile names -out cert.pem
cat cert.pem key.pem > new
install -m 600 new /etc/ssl/private/chatmail.pem.test
mv /etc/ssl/private/chatmail.pem.test /etc/ssl/private/chatmail.pem
`;

const letEnd = (host: LabHost): Promise<string> =>
  shellOnHost(host, `set -- ${host.domain}\n${ENDED_CERTIFICATE}`);

const run = (host: LabHost, ...options: readonly string[]): Promise<string> =>
  cmdeploy(['run', '--config', host.config, ...options]);

describe.concurrent.each([
  { name: 'acme12', debian: 12 },
  { name: 'acme13', debian: 13 },
] as const)('certificates from an authority on Debian $debian', ({ name, debian }) => {
  let host: LabHost;
  let root: string;
  /** Old processes may take connections for a moment after a reload. */
  const expectTrust = async (trusted: boolean, domain = host.domain): Promise<void> => {
    for (const port of TLS_PORTS) {
      const serves = async () => (await servedAt(host, port, root, domain)).trusted;
      await vi.waitFor(async () => expect(await serves()).toBe(trusted), {
        timeout: RELOAD_MS,
        interval: 200,
      });
    }
  };

  beforeAll(async () => {
    host = await upHost(name, debian, '--acme');
    root = await onHost(host, 'cat', '/usr/local/share/ca-certificates/lab-1.crt');
  });
  afterAll(() => downHost(host));

  test.sequential('a record that is missing is named, and the relay serves a certificate of its own', async () => {
    await removeNames(host, [`www.${host.domain}`]);
    const output = await run(host);
    expect(output).toContain('WARNING: No certificate for');
    expect(output).toContain(`www.${host.domain} has no A or AAAA record`);
    expect(output).not.toContain(`mta-sts.${host.domain} has no`);
    await expectTrust(false);
  });

  test.sequential('once it is there, the next run gets the certificate for all names', async () => {
    await addAddresses(host, [`www.${host.domain}`]);
    // Until then the resolver may remember that there was none.
    await vi.waitFor(async () => expect(await run(host)).not.toContain('WARNING'), {
      timeout: RESOLVER_MS,
      interval: 2000,
    });
    await expectTrust(true);
    const policyHost = await servedAt(host, 443, root, `mta-sts.${host.domain}`);
    expect(policyHost.trusted).toBe(true);
    expect(await run(host)).toContain('nothing to do');
  });

  test.sequential('it is renewed by itself before it ends, and nobody is disconnected', async () => {
    const before = await servedAt(host, 993, root);
    const mailbox = await openMailbox(host, await newAccount(host));
    await letEnd(host);
    const renewed = async () => {
      const { certificate, trusted } = await servedAt(host, 993, root);
      return trusted && certificate.serialNumber !== before.certificate.serialNumber;
    };
    await vi.waitUntil(renewed, { timeout: RENEWAL_MS, interval: 500 });
    await expectTrust(true);
    await mailbox.noop();
    expect(mailbox.usable).toBe(true);
    await mailbox.logout();
    expect(await run(host)).toContain('nothing to do');
  });

  test.sequential('with the authority down it keeps what it has, says so, and tries again', async () => {
    await shellOnHost(host, 'cp /etc/hosts /tmp/hosts; echo 192.0.2.1 ca.test >> /etc/hosts');
    await letEnd(host);
    const status = () => shellOnHost(host, 'systemctl is-active chatmail-certificate || true');
    const hasFailed = async () => (await status()) === 'failed\n';
    await vi.waitUntil(hasFailed, { timeout: RENEWAL_MS, interval: 500 });
    expect(await run(host)).toContain('could not be renewed by ca.test:14000');
    await expectTrust(false);
    await shellOnHost(host, 'cat /tmp/hosts > /etc/hosts');
    expect(await run(host)).not.toContain('WARNING');
    await expectTrust(true);
  });

  test.sequential('another domain gets another certificate', async () => {
    const domain = `moved.${host.domain}`;
    await addAddresses(host, [domain, `www.${domain}`, `mta-sts.${domain}`]);
    const config = `${host.config}.moved`;
    writeFileSync(config, readFileSync(host.config, 'utf8').replaceAll(host.domain, domain));
    await cmdeploy(['run', '--config', config, '--host', host.domain, '--change-domain']);
    await expectTrust(true, domain);
  });
});
