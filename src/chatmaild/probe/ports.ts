/** The first steps of a probe: everything that must be listening answers, with the right certificate. */
import type { Signer, UnixSocket } from './arguments.ts';
import { expectInstalled, isTemporary, refusals } from './certificate.ts';
import { greet, greetHttp, TLS_PORTS, type TlsPort } from './greet.ts';
import type { Network, ServedCertificate } from './network.ts';
import { expectSignature } from './signature.ts';
import type { Steps } from './steps.ts';

export interface PortsContext {
  readonly network: Network;
  readonly steps: Steps;
  readonly sockets: readonly UnixSocket[];
  readonly signer: Signer | undefined;
  /** PEM file with the certificate that should be served. */
  readonly certificate: string;
  /** A certificate that clients refuse is no failure. */
  readonly anyCertificate: boolean;
  readonly note: (text: string) => void;
}

const LOGS = 'journalctl -u chatmail-logs.service';
const ADVICE = {
  postfix: `see: systemctl status 'postfix*', ${LOGS}`,
  dovecot: `see: systemctl status dovecot, ${LOGS}`,
  nginx: `see: systemctl status nginx, ${LOGS}`,
  certificate: 'see: journalctl -u chatmail-certificate.service',
} as const;

const DAEMONS = {
  25: 'postfix',
  465: 'postfix',
  587: 'postfix',
  143: 'dovecot',
  993: 'dovecot',
  443: 'nginx',
} as const satisfies Record<TlsPort, Daemon>;

type Daemon = 'postfix' | 'dovecot' | 'nginx';

const unitAdvice = (unit: string): string =>
  `see: systemctl status '${unit}*', journalctl -u '${unit}*'`;

/** @returns the ports that do not work, and names of sockets */
export const tryPorts = async (context: PortsContext): Promise<ReadonlySet<string>> => {
  const { steps, network, sockets, signer } = context;
  const bad = new Set<string>();
  const served: ServedCertificate[] = [];
  const attempt = (name: string, advice: string, work: () => Promise<void>) =>
    steps.run(name, advice, work).catch(() => void bad.add(name));
  const tls = (port: TlsPort, daemon: Daemon) =>
    attempt(`port-${port}`, ADVICE[daemon], async () => {
      const certificate = await greet(network, port);
      await expectInstalled(certificate, context.certificate);
      served.push(certificate);
    });
  await Promise.all([
    ...sockets.map(({ unit, path }) =>
      attempt(unit, unitAdvice(unit), async () => (await network.unix(path)).close()),
    ),
    ...(signer === undefined
      ? []
      : [attempt('opendkim', unitAdvice('opendkim'), () => sign(network, signer))]),
    ...TLS_PORTS.map((port) => tls(port, DAEMONS[port])),
    attempt('port-80', ADVICE.nginx, () => greetHttp(network)),
  ]);
  if (served.length > 0) await judge(served, context);
  return bad;
};

const sign = async (network: Network, { socket, keys }: Signer): Promise<void> => {
  const connection = await network.unix(socket);
  try {
    await expectSignature(connection, network.mailDomain, keys);
  } finally {
    connection.close();
  }
};

/** All of them are the installed one; the chains that came with it may differ. */
const judge = async (
  served: readonly ServedCertificate[],
  { steps, network, anyCertificate, note }: PortsContext,
): Promise<void> => {
  const { mailDomain } = network;
  const leaf = served[0]?.leaf;
  if (leaf && isTemporary(leaf, mailDomain)) {
    note('the certificate is a self-signed one, until an authority issues another');
  }
  const all = served.flatMap((one) => refusals(one, mailDomain, Date.now()));
  const problems = [...new Set(all)].map((problem) => `certificate: ${problem}`);
  if (anyCertificate) return problems.forEach(note);
  const verdict = async () => {
    if (problems.length > 0) throw new Error(problems.join(', '));
  };
  await steps.run('certificate', ADVICE.certificate, verdict).catch(() => {});
};
