import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  cmdeploy,
  IN_LAB,
  type LabHost,
  onHost,
  shellOnHost,
  tryCmdeploy,
} from '../support/cmdeploy.ts';
import { deliver, type Login } from '../support/delivery.ts';
import { DeltaChatAccount, newCredentials } from '../support/deltachat.ts';
import { DeltaChatCore } from '../support/deltachat-core.ts';
import { https } from '../support/https.ts';
import { createByImap, waitForSource } from '../support/imap.ts';
import { pgpMime } from '../support/messages.ts';
import { submitting } from '../support/relays.ts';
import { servedAt, TLS_PORTS } from '../support/tls.ts';
import { downHost, upHost } from '../support/warm-host.ts';

const RENEWAL_MS = 60_000;
const IPV6 = 'fd00:5f3:2a1::';

/** A relay without a domain. */
interface AddressRelay extends LabHost {
  readonly mailDomain: string;
  /** What stands behind the @ of its addresses (RFC 5321 section 4.1.3). */
  readonly literal: string;
}

const newAddress = async (relay: AddressRelay): Promise<Login> => {
  const login = newCredentials(relay.literal);
  await createByImap(relay, login);
  return login;
};

const run = ({ config, domain }: LabHost): Promise<string> =>
  cmdeploy(['run', '--config', config, '--host', domain]);

/** Deploys a host under `mailDomain`, as `cmdeploy init` would write it. */
const deploy = async (host: LabHost, mailDomain: string): Promise<AddressRelay> => {
  const config = `${host.config}.address`;
  const ini = readFileSync(host.config, 'utf8');
  writeFileSync(config, ini.replace(/^mail_domain = .*/m, `mail_domain = ${mailDomain}`));
  const literal = mailDomain.includes(':') ? `[ipv6:${mailDomain}]` : `[${mailDomain}]`;
  const relay = { ...host, config, mailDomain, literal };
  await run(relay);
  return relay;
};

describe('relays without a domain', () => {
  let hosts: LabHost[] = [];
  let four: AddressRelay;
  let six: AddressRelay;

  beforeAll(async () => {
    hosts = [await upHost('ip12', 12), await upHost('ip13', 13)];
    const [first, second] = hosts;
    if (!first || !second) throw new Error('two hosts are needed');
    for (const { name, debian, ...host } of hosts) {
      const address = `${IPV6}${debian}/64`;
      await onHost(
        { name, debian, ...host },
        ...['ip', 'address', 'add', address, 'dev', 'host0', 'nodad'],
      );
    }
    [four, six] = await Promise.all([
      deploy(first, first.address),
      deploy(second, `${IPV6}${second.debian}`),
    ]);
  });
  afterAll(() => Promise.all(hosts.map(downHost)));

  /** Logs in with what the relay's page gives to a person. */
  const person = async (core: DeltaChatCore, relay: AddressRelay): Promise<DeltaChatAccount> => {
    const { body } = await https({ ...relay, domain: relay.mailDomain }, 'POST', '/new');
    const { email, dclogin_url: url } = JSON.parse(body);
    expect(email.endsWith(`@${relay.literal}`)).toBe(true);
    return DeltaChatAccount.login(core, url);
  };

  test('Delta Chat logs in with the URL that /new gives, and people write to each other', async () => {
    const core = await DeltaChatCore.start(IN_LAB);
    try {
      const [alice, bob] = await Promise.all([person(core, four), person(core, four)]);
      const { chat } = await bob.secureJoin(alice);
      await alice.waitForText(await bob.sendText(chat, 'no domain needed'));
    } finally {
      await core.close();
    }
  });

  test('mail goes from one to the other and back, over IPv4 and IPv6', async () => {
    for (const [sender, recipient] of [
      [four, six],
      [six, four],
    ] as const) {
      const [from, to] = await Promise.all([newAddress(sender), newAddress(recipient)]);
      const { id, source } = await pgpMime({ from: from.address, to: to.address });
      const envelope = { from: from.address, to: [to.address] };
      await submitting(sender, from, (session) => deliver(session, envelope, source));
      await waitForSource(recipient, to, id);
    }
  });

  test('status knows their certificates and accounts', async () => {
    const look = async (relay: AddressRelay): Promise<void> => {
      await newAddress(relay);
      const place = ['--config', relay.config, '--host', relay.domain];
      const { stdout } = await tryCmdeploy(['status', '--json', ...place]);
      const { items, facts } = JSON.parse(stdout);
      expect(items).toContainEqual(expect.objectContaining({ name: 'certificate', level: 'ok' }));
      expect(facts.accounts.total).toBeGreaterThan(0);
    };
    await Promise.all([look(four), look(six)]);
  });

  test('a new certificate comes before the old one ends', async () => {
    const old = `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
      -subj /CN=old -addext subjectAltName=IP:${four.mailDomain} -keyout /tmp/old -out /tmp/old
      install -m 600 /tmp/old /etc/ssl/private/new.pem
      mv /etc/ssl/private/new.pem /etc/ssl/private/chatmail.pem`;
    await shellOnHost(four, old);
    for (const port of TLS_PORTS) {
      const end = async () => Date.parse((await servedAt(four, port, '')).certificate.validTo);
      await expect
        .poll(end, { timeout: RENEWAL_MS, interval: 300 })
        .toBeGreaterThan(Date.now() + 3_000 * 86_400_000);
    }
    expect(await run(four)).toContain('nothing to do');
  });
});
