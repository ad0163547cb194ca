/** The two deployed relays that the tests of a lane share: one file of tests has them at a time. */
import process from 'node:process';
import { inject } from 'vitest';
import { type LabHost, onHost } from './cmdeploy.ts';
import { type Login, openSubmission } from './delivery.ts';
import { newCredentials } from './deltachat.ts';
import { createByImap } from './imap.ts';
import type { DkimKey } from './messages.ts';
import type { SmtpSession } from './smtp.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The relays of each worker, by its number. */
    lanes: LabHost[][];
  }
}

/** For `describe.each`: one on Debian 12, one on Debian 13. */
export const relays: readonly LabHost[] = relaysOfWorker(Number(process.env['VITEST_POOL_ID']));

/** @param worker vitest's number of this process, from 1 to `maxWorkers` */
function relaysOfWorker(worker: number): readonly LabHost[] {
  const hosts = inject('lanes')[worker - 1];
  if (!hosts) throw new Error(`Worker ${worker} has no relays.`);
  return hosts;
}

/** The other relay. */
export function peerOf(relay: LabHost): LabHost {
  const peer = relays.find(({ name }) => name !== relay.name);
  if (!peer) throw new Error(`There is no relay but ${relay.name}.`);
  return peer;
}

/** Matches the address from which tests connect: this machine's on the lab's bridge. */
export function clientAddress({ address }: LabHost): RegExp {
  const network = address.replace(/\d+$/, '').replaceAll('.', '\\.');
  return new RegExp(`\\b${network}1\\b`);
}

/** Makes an account by its first login. */
export async function newAccount(relay: LabHost): Promise<Login> {
  const login = newCredentials(relay.domain);
  await createByImap(relay, login);
  return login;
}

/** Runs `use` in a session that is logged in on port 465, and ends it. */
export async function submitting<R>(
  relay: LabHost,
  login: Login,
  use: (session: SmtpSession) => Promise<R>,
): Promise<R> {
  const session = await openSubmission(relay, login);
  try {
    return await use(session);
  } finally {
    await session.quit();
  }
}

/** The key with which a relay signs: a test that has it can be that relay. */
export async function dkimKeyOf(relay: LabHost): Promise<DkimKey> {
  const privateKey = await onHost(relay, 'cat', '/etc/dkimkeys/opendkim.private');
  return { domain: relay.domain, selector: 'opendkim', privateKey };
}
