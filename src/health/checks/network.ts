/** What clients find: listening ports, TLS and the certificate behind it; and the host's resolver. */
import { canonicalDomain } from '../../config/domain.ts';
import type { ListenerFact } from '../../engine/facts.ts';
import type { MachineFacts } from '../../engine/machine-facts.ts';
import type { RequiredPort } from '../../engine/preflight/ports.ts';
import { RESOLVER_ADDRESS } from '../../relay/paths.ts';
import type { CertificateFact, StatusFacts } from '../facts.ts';
import { error, type Finding, type Item, warning } from '../finding.ts';
import { formatTime, listSome } from '../text.ts';
import { DAY_MS, type Thresholds } from '../thresholds.ts';

/**
 * Ports for everybody must be open; on those that begin with TLS a handshake must succeed.
 *
 * @param outbound what is wrong with the way out to other servers
 */
export const checkPorts = (
  required: readonly RequiredPort[],
  listeners: readonly ListenerFact[],
  { served, probe }: StatusFacts,
  outbound: readonly Finding[],
): Item => {
  const open = required.filter(({ address }) => address === undefined);
  const closed = open.filter(
    ({ protocol, port, units }) =>
      !listeners.some(
        (one) => one.protocol === protocol && one.port === port && units.includes(one.unit),
      ),
  );
  const isClosed = (port: number): boolean => closed.some((one) => one.port === port);
  // A probe that got through has had its TLS connections, however late.
  const mute =
    probe?.ok === true
      ? []
      : served.filter(({ port, certificate }) => !certificate && !isClosed(port));
  const answering = open.filter(
    ({ port }) => !isClosed(port) && !mute.some((one) => one.port === port),
  );
  return {
    name: 'ports',
    text: answering.length === 0 ? 'none answers' : `${ports(answering)} answer`,
    findings: [
      ...(closed.length === 0
        ? []
        : [
            error(
              `the relay does not listen on port ${ports(closed)}`,
              'cmdeploy run starts what is missing',
            ),
          ]),
      ...mute.map(({ port, late }) =>
        late
          ? warning(`port ${port} is open, but slow to answer`, 'look again; see the load')
          : error(`port ${port} is open, but nobody gets a TLS connection`, 'restart its service'),
      ),
      ...outbound,
    ],
  };
};

const ports = (list: readonly { readonly port: number }[]): string =>
  list
    .map(({ port }) => port)
    .sort((a, b) => a - b)
    .join(' ');

/**
 * @param domain that the certificate must be good for
 * @param publicly whether clients want one that an authority signed
 */
export const checkCertificate = (
  { certificate, served, now }: StatusFacts,
  domain: string,
  publicly: boolean,
  thresholds: Thresholds,
): Item => {
  const all = [certificate, ...served.map((one) => one.certificate)].filter(
    (one) => one !== undefined,
  );
  if (all.length === 0) {
    const finding = error('there is no certificate that can be read', 'make it: cmdeploy run');
    return { name: 'certificate', text: 'none', findings: [finding] };
  }
  const first = all.reduce((a, b) => (b.notAfter < a.notAfter ? b : a));
  const stale = served.filter(
    (one) => one.certificate && one.certificate.fingerprint !== certificate?.fingerprint,
  );
  const names = certificate?.names ?? [];
  return {
    name: 'certificate',
    text: `${daysLeft(first.notAfter, now)} days left${names.length > 0 ? `, for ${listSome(names, 2)}` : ''}`,
    findings: [
      ...checkEnd(first, now, thresholds),
      ...(publicly && certificate?.selfSigned
        ? [error('the certificate is self-signed: no client accepts it', 'see why: cmdeploy run')]
        : []),
      ...(certificate === undefined || covers(names, domain)
        ? []
        : [error(`the certificate is not for ${domain}`, 'replace it, then cmdeploy run')]),
      ...(stale.length === 0
        ? []
        : [
            warning(
              `port ${ports(stale)} serves another certificate than the one on disk`,
              'have it loaded: cmdeploy run',
            ),
          ]),
    ],
  };
};

const daysLeft = (end: number, now: number): number =>
  Math.max(0, Math.floor((end - now) / DAY_MS));

const checkEnd = (
  { notBefore, notAfter }: CertificateFact,
  now: number,
  { certificateShare, certificateDays }: Thresholds,
): Finding[] => {
  const fix = 'renew it; what keeps it from renewing itself: cmdeploy run';
  if (notAfter <= now) return [error(`the certificate expired on ${formatTime(notAfter)}`, fix)];
  const early = Math.min((notAfter - notBefore) * certificateShare, certificateDays * DAY_MS);
  if (notAfter - now > early) return [];
  return [warning(`the certificate expires on ${formatTime(notAfter)}`, fix)];
};

/** RFC 6125 section 6.4.3: a wildcard stands for one label. */
const covers = (names: readonly string[], domain: string): boolean => {
  const parent = domain.replace(/^[^.]+/, '*');
  return names.map(canonicalDomain).some((name) => name === domain || name === parent);
};

/** Names that resolve show that it answers, also in a network that has only its own ones. */
export const checkResolver = ({ nameservers, reachedAt, ownNameResolves }: MachineFacts): Item => {
  const [used] = nameservers;
  const answers =
    nameservers.some((server) => server.answers) || reachedAt.length > 0 || ownNameResolves;
  return {
    name: 'resolver',
    text: `${answers ? 'answers' : 'does not answer'}; the host asks ${used?.address ?? 'nobody'}`,
    findings: [
      ...(answers
        ? []
        : [
            error(
              'the resolver of the relay gets no answers: no mail goes out, none is verified',
              'see why: systemctl status unbound; can the host reach port 53 of others?',
            ),
          ]),
      ...(used?.address === RESOLVER_ADDRESS
        ? []
        : [
            warning(
              `the host resolves names by ${used?.address ?? 'nobody'}, not by itself`,
              'put it right: systemctl restart chatmail-resolver on the host',
            ),
          ]),
    ],
  };
};
