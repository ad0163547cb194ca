/** The first steps of a probe: everything that must be listening answers, with the right certificate. */
import type { UnixSocket } from './arguments.ts';
import { expectInstalled, isTemporary, refusals } from './certificate.ts';
import { ImapClient } from './imap.ts';
import type { Network, ServedCertificate } from './network.ts';
import { SmtpClient } from './smtp.ts';
import type { Steps } from './steps.ts';
import { askHttp, lookAtHttps } from './web.ts';

export interface PortsContext {
  readonly network: Network;
  readonly steps: Steps;
  readonly sockets: readonly UnixSocket[];
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

type Daemon = 'postfix' | 'dovecot' | 'nginx';

/** @returns the ports that do not work, and names of sockets */
export const tryPorts = async (context: PortsContext): Promise<ReadonlySet<string>> => {
  const { steps, network, sockets } = context;
  const bad = new Set<string>();
  const served: ServedCertificate[] = [];
  const attempt = (name: string, advice: string, work: () => Promise<void>) =>
    steps.run(name, advice, work).catch(() => void bad.add(name));
  const tls = (port: number, daemon: Daemon, look: () => Promise<ServedCertificate>) =>
    attempt(`port-${port}`, ADVICE[daemon], async () => {
      const certificate = await look();
      await expectInstalled(certificate, context.certificate);
      served.push(certificate);
    });
  await Promise.all([
    ...sockets.map(({ unit, path }) =>
      attempt(unit, `see: systemctl status '${unit}*', journalctl -u '${unit}*'`, async () =>
        (await network.unix(path)).close(),
      ),
    ),
    ...([25, 465, 587] as const).map((port) =>
      tls(port, 'postfix', () => greetSmtp(network, port)),
    ),
    ...([143, 993] as const).map((port) => tls(port, 'dovecot', () => greetImap(network, port))),
    tls(443, 'nginx', () => lookAtHttps(network)),
    attempt('port-80', ADVICE.nginx, async () => void (await askHttp(network, '/'))),
  ]);
  if (served.length > 0) await judge(served, context);
  return bad;
};

const greetSmtp = async (network: Network, port: 25 | 465 | 587): Promise<ServedCertificate> => {
  const client = await SmtpClient.open(network, port);
  client.quit();
  return client.certificate;
};

const greetImap = async (network: Network, port: 143 | 993): Promise<ServedCertificate> => {
  const client = await ImapClient.open(network, port);
  await client.logout();
  return client.certificate;
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
