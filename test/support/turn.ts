/** TURN as clients use it: coturn's own client, which is on every relay, and plain datagrams. */
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type LabHost, onHost, shellOnHost } from './cmdeploy.ts';
import type { Login } from './delivery.ts';
import { ImapCommands } from './imap-commands.ts';

export interface TurnCredentials {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

const ENTRY = '/shared/vendor/deltachat/turn';

/** What the relay tells a client, as it stands in METADATA; undefined when there is none. */
export async function turnMetadata(relay: LabHost, login: Login): Promise<string | undefined> {
  const imap = await ImapCommands.login(relay, login);
  try {
    const answer = await imap.command(`GETMETADATA "" (${ENTRY})`);
    return /turn \{\d+\}\r\n([^\r)]+)/.exec(answer)?.[1];
  } finally {
    imap.close();
  }
}

export function parseTurn(value = ''): TurnCredentials {
  const [, host = '', port, username = '', password = ''] =
    /^(.+):(\d+):(\d+):([^:]+)$/.exec(value) ?? [];
  return { host, port: Number(port), username, password };
}

/** Credentials that were good until `expiry`, in Unix seconds. */
export async function credentialsOf(relay: LabHost, expiry: number): Promise<TurnCredentials> {
  const secret = (await onHost(relay, 'cat', '/etc/chatmail/turn-secret')).trim();
  const username = String(expiry);
  const password = createHmac('sha1', secret).update(username).digest('base64');
  return { host: relay.domain, port: 3478, username, password };
}

/**
 * Runs coturn's client on `from`: a few datagrams through the relay to a peer and back. Gives what it
 * prints; it never ends by itself when the server says nothing.
 */
export function relayThrough(
  relay: LabHost,
  from: LabHost,
  { username, password }: TurnCredentials,
  peer: string,
): Promise<string> {
  return shellOnHost(
    from,
    `turnutils_peer -L ${from.address} -p 3480 >/dev/null 2>&1 &
     timeout 20 turnutils_uclient -c -n 2 -m 1 -u '${username}' -w '${password}' \
       -e ${peer} -r 3480 ${relay.address} 2>&1 || true
     kill %1`,
  );
}

const FLOOD = new URL('turn-flood.pl', import.meta.url);

/** Has `from` send packets whose senders are as many other addresses, each from many ports. */
export async function floodTurn(
  { address }: LabHost,
  from: LabHost,
  { addresses, packets }: { readonly addresses: number; readonly packets: number },
): Promise<void> {
  const network = address.slice(0, address.lastIndexOf('.'));
  const script = await readFile(FLOOD, 'utf8');
  const run = `perl - ${address} ${network} ${addresses} ${packets}`;
  await shellOnHost(from, `${run} <<'END_OF_PERL'\n${script}\nEND_OF_PERL`);
}

const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const MAGIC_COOKIE = 0x2112a442;
const ANSWER_MS = 2000;
const TRIES = 15;

/** A STUN message (RFC 8489 section 5) with the given attributes, which need not be any. */
export function stunMessage(type: number, attributes: Buffer, length = attributes.length): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(length, 2);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  return Buffer.concat([header, randomBytes(12), attributes]);
}

/** Asks for its own address, as every client does first; repeats itself, for UDP loses packets. */
export async function answersStun({ address }: LabHost): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    for (let i = 0; i < TRIES; i += 1) {
      const answer = nextMessage(socket);
      socket.send(stunMessage(BINDING_REQUEST, Buffer.alloc(0)), 3478, address);
      if ((await answer)?.readUInt16BE(0) === BINDING_SUCCESS) return true;
    }
    return false;
  } finally {
    socket.close();
  }
}

async function nextMessage(socket: Socket): Promise<Buffer | undefined> {
  try {
    const [message] = await once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_MS) });
    return message as Buffer;
  } catch {
    return undefined;
  }
}
