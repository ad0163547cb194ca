import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import type { Login } from '../support/delivery.ts';
import { deployAgain, deployWith } from '../support/deploy-with.ts';
import { https } from '../support/https.ts';
import { ImapCommands } from '../support/imap-commands.ts';
import { newAccount, relays } from '../support/relays.ts';

const STAND_IN = new URL('../support/iroh-stand-in.pl', import.meta.url);
const PROGRAM = '/usr/local/lib/chatmail-iroh/iroh-relay';
const SERVICE = 'chatmail-iroh-relay.service';
const INSTALL = '/usr/local/lib/chatmaild/install-iroh-relay';
const SERVED = '/run/iroh-test';
const URL_OF_ARCHIVE = 'http://127.0.0.1:8099/iroh.tar.gz';

const SETTINGS = { iroh_relay: 'local', privacy_mail: 'operator@example.org' };
const deployed = new Map<LabHost, string>();

/** The lab reaches no GitHub: first nothing can be downloaded, then the host serves a stand-in. */
beforeAll(() =>
  Promise.all(relays.map(async (relay) => deployed.set(relay, await deployWith(relay, SETTINGS)))),
);

describe.each(relays)('realtime on Debian $debian', (relay) => {
  let login: Login;
  const told = () => irohRelay(relay, login);

  /** Runs what a deploy runs, with `hash` for the archive; gives the notice it leaves. */
  const install = (hash: string): Promise<string> =>
    shellOnHost(
      relay,
      `echo "$(dpkg --print-architecture) ${URL_OF_ARCHIVE} ${hash}" > /etc/chatmail/iroh-relay.sources
       ${INSTALL} || true
       cat /usr/local/lib/chatmail-iroh/notice 2>/dev/null || true`,
    );

  beforeAll(async () => {
    login = await newAccount(relay);
    const standIn = await readFile(STAND_IN, 'utf8');
    await shellOnHost(
      relay,
      `mkdir -p ${SERVED}
       cat > ${SERVED}/iroh-relay <<'PROGRAM'
${standIn}PROGRAM
       chmod 755 ${SERVED}/iroh-relay
       tar -czf ${SERVED}/iroh.tar.gz -C ${SERVED} iroh-relay
       systemd-run --collect --unit=iroh-test node -e "require('http').createServer((request, answer) =>
         require('fs').createReadStream('${SERVED}/iroh.tar.gz').pipe(answer)).listen(8099, '127.0.0.1')"`,
    );
  });
  afterAll(async () => {
    await shellOnHost(relay, `systemctl stop iroh-test; rm -rf ${SERVED}`);
  });

  test('a failed download leaves realtime off, and the relay deployed', async () => {
    expect(deployed.get(relay)).toContain('realtime connections are off: https://github.com/');
    expect(await told()).toContain('irohrelay NIL');
    expect((await https(relay, 'GET', '/ping')).status).toBe(502);
  });

  test('clients are told where the operator can be reached', async () => {
    expect(await metadata(relay, login, '/shared/admin')).toContain('mailto:operator@example.org');
  });

  test('a program with another hash is refused', async () => {
    expect(await install('0'.repeat(64))).toContain('is not what it should be (SHA-256)');
    await expect(onHost(relay, 'test', '-e', PROGRAM)).rejects.toThrow();
    expect(await told()).toContain('irohrelay NIL');
  });

  test('the right one runs, and clients are told', async () => {
    const [hash = ''] = (await onHost(relay, 'sha256sum', `${SERVED}/iroh.tar.gz`)).split(' ');
    expect(await install(hash)).toBe('');
    await expect.poll(told, { timeout: 60_000 }).toContain(`https://${relay.domain}`);
    expect((await https(relay, 'GET', '/ping')).body).toBe('pong\n');
    expect((await https(relay, 'GET', '/generate_204')).status).toBe(204);
    const webSocket = await shellOnHost(
      relay,
      `curl -ski --http1.1 --max-time 20 --resolve ${relay.domain}:443:127.0.0.1 \
         -H 'Upgrade: websocket' -H 'Connection: Upgrade' -H 'Sec-WebSocket-Key: abc' \
         https://${relay.domain}/relay || true`,
    );
    expect(webSocket).toMatch(/^HTTP\/1.1 101 /);
    expect(webSocket).toContain('X-Key: abc');
  });
});

test('it can be switched off again', async () => {
  await Promise.all(
    relays.map(async (relay) => {
      await deployAgain(relay);
      await expect(onHost(relay, 'systemctl', 'is-active', SERVICE)).rejects.toThrow();
      await expect(onHost(relay, 'test', '-e', PROGRAM)).rejects.toThrow();
      expect(await irohRelay(relay, await newAccount(relay))).toContain('irohrelay NIL');
      expect((await https(relay, 'GET', '/ping')).status).toBe(404);
    }),
  );
});

const irohRelay = (relay: LabHost, login: Login): Promise<string> =>
  metadata(relay, login, '/shared/vendor/deltachat/irohrelay');

async function metadata(relay: LabHost, login: Login, entry: string): Promise<string> {
  const imap = await ImapCommands.login(relay, login);
  try {
    return await imap.command(`GETMETADATA "" (${entry})`);
  } finally {
    imap.close();
  }
}
