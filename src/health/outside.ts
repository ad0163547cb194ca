/**
 * The relay as the operator's machine reaches it over the network, before and after a deploy: for what
 * the host cannot see of itself, such as a firewall. What did not answer before tells nothing: many
 * networks let nobody out to port 25.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { isTemporary, refusals } from '../chatmaild/probe/certificate.ts';
import { greet, greetHttp, TLS_PORTS, type TlsPort } from '../chatmaild/probe/greet.ts';
import { Network } from '../chatmaild/probe/network.ts';
import type { Witness } from '../engine/witness.ts';

export interface OutsideTarget {
  /** Name or address of the host. */
  readonly host: string;
  readonly mailDomain: string;
  /** What clients think of the certificate does not matter. */
  readonly anyCertificate?: boolean;
  /** Where its ports are, for tests. */
  readonly locate?: (port: number) => number;
}

/** How a port was found. `refused`: it answers, but clients refuse its certificate. */
export interface Sighting {
  readonly port: number;
  readonly state: 'good' | 'refused' | 'silent';
  /** What is wrong, when something is. */
  readonly problem?: string;
}

/** For a look at all ports; they are looked at beside each other. */
const BOUND_MS = 5000;
/** Between two looks when the first finds something wrong. */
const PAUSE_MS = 1000;

/**
 * Never fails: a host that cannot be reached has silent ports only. Keeps no process alive that has
 * nothing else to do.
 */
export const lookFromOutside = async (target: OutsideTarget): Promise<readonly Sighting[]> => {
  const network = new Network({ ...target, context: clientTrust(), background: true });
  const late = new Error(`it did not answer within ${BOUND_MS / 1000} s`);
  const bound = setTimeout(() => network.end(late), BOUND_MS).unref();
  try {
    return await Promise.all([
      ...TLS_PORTS.map((port) =>
        sighting(port, async () => {
          const refused = await judge(network, port);
          return target.anyCertificate ? [] : refused;
        }),
      ),
      sighting(80, async () => {
        await greetHttp(network);
        return [];
      }),
    ]);
  } finally {
    clearTimeout(bound);
    network.end(new Error('the look is over'));
  }
};

/** With the authorities that Node.js trusts; made once, since it reads all of them. */
let trust: SecureContext | undefined;
const clientTrust = (): SecureContext => {
  trust ??= createSecureContext();
  return trust;
};

/** @returns why clients refuse the certificate */
const judge = async (network: Network, port: TlsPort): Promise<string[]> => {
  const served = await greet(network, port);
  return [
    ...refusals(served, network.mailDomain, Date.now()),
    ...(isTemporary(served.leaf, network.mailDomain) ? ['its certificate is self-signed'] : []),
  ];
};

const sighting = async (
  port: number,
  look: () => Promise<readonly string[]>,
): Promise<Sighting> => {
  try {
    const [problem] = await look();
    return problem === undefined ? { port, state: 'good' } : { port, state: 'refused', problem };
  } catch (error) {
    return { port, state: 'silent', problem: error instanceof Error ? error.message : 'no answer' };
  }
};

const RANK = { silent: 0, refused: 1, good: 2 } as const;

/** What has become worse, in words; empty when nothing has. */
export const regressions = (
  before: readonly Sighting[],
  after: readonly Sighting[],
): readonly string[] =>
  after.flatMap(({ port, state, problem = '' }) => {
    const former = before.find((sight) => sight.port === port);
    if (former === undefined || RANK[state] >= RANK[former.state]) return [];
    const words = state === 'silent' ? 'no longer answers' : 'serves what clients refuse';
    return [`port ${port} ${words}, seen from here: ${problem}`];
  });

/** Looks before a deploy and after it. A moment's trouble on the way is looked at again. */
export const outsideWitness = (target: OutsideTarget): Witness => {
  let first: Promise<readonly Sighting[]> | undefined;
  return {
    async before(): Promise<void> {
      first = lookFromOutside(target);
      await first;
    },
    async after(): Promise<readonly string[]> {
      const before = (await first) ?? [];
      if (before.every(({ state }) => state === 'silent')) return [];
      const complaints = regressions(before, await lookFromOutside(target));
      if (complaints.length === 0) return [];
      await sleep(PAUSE_MS);
      return regressions(before, await lookFromOutside(target));
    },
  };
};
