import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authority } from '../support/certificates.ts';
import { cmdeploy, type LabHost, shellOnHost, tryCmdeploy } from '../support/cmdeploy.ts';
import { openMailbox } from '../support/imap.ts';
import { newAccount } from '../support/relays.ts';
import { servedAt, TLS_PORTS } from '../support/tls.ts';
import { downHost, upHost } from '../support/warm-host.ts';

const LOAD_MS = 60_000;
const FOLDER = '/srv/certificates';

interface Files {
  readonly certificate: string;
  readonly key: string;
}

/** As tools for certificates do it: a new folder, then the links are turned to it. */
const replaceFiles = (host: LabHost, { certificate, key }: Files): Promise<string> =>
  shellOnHost(
    host,
    `mkdir -p ${FOLDER}/live
folder=$(mktemp -d ${FOLDER}/XXXXXX)
printf %s '${certificate}' > $folder/cert.pem
printf %s '${key}' > $folder/key.pem
for name in cert key; do
  ln -sfn $folder/$name.pem ${FOLDER}/live/.$name.new
  mv -T ${FOLDER}/live/.$name.new ${FOLDER}/live/$name.pem
done`,
  );

describe("the operator's certificate on Debian 12", () => {
  const root = authority();
  let host: LabHost;
  const issue = (days: number): Files => {
    const names = ['', 'www.', 'mta-sts.'].map((label) => `${label}${host.domain}`);
    return root.issue(names, days);
  };
  const expectServed = async (matches: (serial: string) => boolean): Promise<void> => {
    for (const port of TLS_PORTS) {
      const serves = async () => {
        const { certificate, trusted } = await servedAt(host, port, root.certificate);
        return trusted && matches(certificate.serialNumber);
      };
      await expect.poll(serves, { timeout: LOAD_MS, interval: 200 }).toBe(true);
    }
  };

  beforeAll(async () => {
    host = await upHost('own12', 12);
    appendFileSync(
      host.config,
      `tls_external_cert_and_key = ${FOLDER}/live/cert.pem ${FOLDER}/live/key.pem\n`,
    );
    await shellOnHost(
      host,
      `printf %s '${root.certificate}' > /usr/local/share/ca-certificates/own.crt
update-ca-certificates`,
    );
  });
  afterAll(() => downHost(host));

  test('files that are missing or do not fit are refused before anything is touched', async () => {
    const missing = await tryCmdeploy(['run', '--config', host.config]);
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toContain(`${FOLDER}/live/cert.pem does not exist`);
    await replaceFiles(host, { ...issue(30), key: issue(30).key });
    const strange = await tryCmdeploy(['run', '--config', host.config]);
    expect(strange.stderr).toContain('key.pem does not belong to');
    expect(await shellOnHost(host, 'ls /var/lib/cmdeploy 2>/dev/null || true')).toBe('');
  });

  test('good ones are served, and loaded when they are replaced; nobody is disconnected', async () => {
    await replaceFiles(host, issue(30));
    expect(await cmdeploy(['run', '--config', host.config])).not.toContain('WARNING');
    await expectServed(() => true);
    const { certificate } = await servedAt(host, 993, root.certificate);
    const mailbox = await openMailbox(host, await newAccount(host));
    await replaceFiles(host, issue(30));
    await expectServed((serial) => serial !== certificate.serialNumber);
    await mailbox.noop();
    expect(mailbox.usable).toBe(true);
    await mailbox.logout();
    expect(await cmdeploy(['run', '--config', host.config])).toContain('nothing to do');
  });

  test('a certificate that is about to end is a warning', async () => {
    await replaceFiles(host, issue(3));
    const status = () => shellOnHost(host, 'systemctl is-active chatmail-certificate || true');
    await expect.poll(status, { timeout: LOAD_MS, interval: 500 }).toBe('failed\n');
    expect(await cmdeploy(['run', '--config', host.config])).toContain('it ends in 2 days');
  });
});
