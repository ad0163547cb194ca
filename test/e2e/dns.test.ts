import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, cmdeploy, tryCmdeploy } from '../support/cmdeploy.ts';
import { dnsServerOf, updateKeyFile, updateKeyText, updateOptions } from '../support/lab-update.ts';
import { addAddresses, removeNames } from '../support/lab-zone.ts';
import { relays } from '../support/relays.ts';

const folder = mkdtempSync(join(tmpdir(), 'cmdeploy-dns-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** As far as the tests look at it. */
interface DnsReport {
  readonly zone: string;
  readonly state: string;
  readonly records: readonly { readonly name: string; readonly type: string; state: string }[];
}

// What Debian the relay runs on makes no difference here.
describe.each(relays.slice(0, 1))('DNS of the relay $domain', (relay) => {
  const { domain, config } = relay;
  const dns = (...args: readonly string[]): Promise<CliResult> =>
    tryCmdeploy(['dns', '--config', config, ...args]);
  const report = async (): Promise<DnsReport> =>
    JSON.parse((await dns('--json')).stdout) as DnsReport;
  const stateOf = async (name: string, type: string): Promise<string | undefined> =>
    (await report()).records.find((record) => record.name === name && record.type === type)?.state;

  // Other tests may have published them.
  beforeAll(() => removeNames(relay, [`_dmarc.${domain}`, `_imap._tcp.${domain}`]));

  test('everything required is there, what is recommended is not', async () => {
    const { code, stdout } = await dns();
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`ok +opendkim\\._domainkey\\.${domain} +TXT +v=DKIM1;`));
    expect(stdout).toMatch(new RegExp(`MISSING +_dmarc\\.${domain} +TXT`));
    expect((await report()).zone).toBe(domain);
  });

  test('nothing is published without a yes', async () => {
    const options = updateOptions(relay).filter((option) => option !== '--yes');
    const { code, stdout, stderr } = await tryCmdeploy(['dns', 'apply', ...options]);
    expect(code).toBe(2);
    expect(stdout).toContain(`+ _dmarc.${domain} TXT v=DMARC1;`);
    expect(stderr).toMatch(/--yes/);
    expect((await dns()).code).toBe(1);
  });

  test('a wrong key is refused in words', async () => {
    const key = join(folder, 'wrong.key');
    writeFileSync(key, updateKeyText().replace(/secret ".*"/, 'secret "d3Jvbmc="'));
    const options = updateOptions(relay).map((option) =>
      option === updateKeyFile() ? key : option,
    );
    const { code, stderr } = await tryCmdeploy(['dns', 'apply', ...options]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/BADSIG.*secret of the key lab/);
  });

  test('apply publishes what is missing, once, and leaves the rest alone', async () => {
    await addAddresses(relay, [`other.${domain}`]);
    await cmdeploy(['dns', 'apply', ...updateOptions(relay)]);
    const { code, stdout } = await dns('--watch');
    expect(code, stdout).toBe(0);
    expect(await cmdeploy(['dns', 'apply', ...updateOptions(relay)])).toContain('already');
    // Fails when the name is gone.
    await removeNames(relay, [`other.${domain}`]);
  });

  test('a record that vanishes is missed, and put back', async () => {
    const name = `opendkim._domainkey.${domain}`;
    await removeNames(relay, [name]);
    const { code, stdout } = await dns();
    expect(code).toBe(2);
    expect(stdout).toContain(`[required] ${name} has no TXT record`);
    expect(await stateOf(name, 'TXT')).toBe('missing');
    await cmdeploy(['dns', 'apply', ...updateOptions(relay)]);
    expect(await stateOf(name, 'TXT')).toBe('fine');
  });

  test('the zone file has what is published', async () => {
    const file = join(folder, `${relay.name}.zone`);
    await cmdeploy(['dns', '--config', config, '--zonefile', file]);
    expect(readFileSync(file, 'utf8')).toMatch(
      new RegExp(`^opendkim\\._domainkey\\.${domain}\\. IN TXT "v=DKIM1;[^"]{247}" "`, 'm'),
    );
  });

  test('a server that is not there is said in words', async () => {
    const options = updateOptions(relay).map((option) =>
      option === dnsServerOf(relay) ? '127.0.0.53:9' : option,
    );
    const { code, stderr } = await tryCmdeploy(['dns', 'apply', ...options]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/127\.0\.0\.53 does not answer/);
    expect(stderr).not.toMatch(/internal error/);
  });
});
