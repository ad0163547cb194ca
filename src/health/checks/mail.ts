/** What the relay is there for: mail that waits, mail that passed, accounts. */
import { domainInAddress } from '../../config/domain.ts';
import type { StatusFacts } from '../facts.ts';
import { type Finding, type Item, warning } from '../finding.ts';
import { NO_CREATE_FILE } from '../script.ts';
import { count, formatAge, formatBytes, formatClock } from '../text.ts';
import type { Thresholds } from '../thresholds.ts';

const UNKNOWN = 'not known: it took too long to find out';

export const checkQueue = (
  { queue, now }: StatusFacts,
  domain: string,
  { queuedMessages, ownMailWaitsMs }: Thresholds,
): Item => {
  if (queue === undefined) {
    const finding = warning('the queue could not be read', 'try postqueue -p on the host');
    return { name: 'queue', text: UNKNOWN, findings: [finding] };
  }
  if (queue.messages === 0) return { name: 'queue', text: 'empty', findings: [] };
  const age = queue.oldest === undefined ? '' : `, oldest ${formatAge(now - queue.oldest)}`;
  const [peer] = queue.domains;
  const [reason] = queue.reasons;
  // Without the brackets of an address literal, as the host tells the domains.
  const ownDomain = domainInAddress(domain).replace(/[[\]]/g, '');
  const own = queue.domains.find(({ text }) => text.toLowerCase() === ownDomain);
  const findings: Finding[] = [];
  if (queue.messages >= queuedMessages) {
    findings.push(
      warning(
        `${queue.messages} messages wait to be delivered`,
        'see for whom: postqueue -p on the host',
      ),
    );
  }
  if (own?.oldest !== undefined && now - own.oldest > ownMailWaitsMs) {
    findings.push(
      warning(
        `mail for users of this relay waits since ${formatAge(now - own.oldest)}`,
        'see why: postqueue -p and journalctl -t mail on the host',
      ),
    );
  }
  const details = [
    ...(peer === undefined ? [] : [`most for ${peer.text} (${peer.count})`]),
    ...(reason === undefined ? [] : [reason.text]),
  ];
  const size = `${count(queue.messages, 'message')}, ${formatBytes(queue.bytes)}${age}`;
  return { name: 'queue', text: [size, ...details].join('; '), findings };
};

export const checkTraffic = ({ traffic }: StatusFacts): Item => {
  if (traffic === undefined) return { name: 'mail', text: UNKNOWN, findings: [] };
  const { since, delivered, sent, bounced, refused, refusedTotal } = traffic;
  const reasons = refused.map(({ text, count: times }) => `${times} ${text}`).join(', ');
  const text = [
    `since ${formatClock(since)}: ${delivered} in, ${sent} out, ${bounced} bounced`,
    `${refusedTotal} refused${reasons === '' ? '' : ` (${reasons})`}`,
  ].join(', ');
  return { name: 'mail', text, findings: [] };
};

export const checkAccounts = ({ accounts, noCreate }: StatusFacts): Item => {
  const lately = [
    ...(accounts?.active === undefined ? [] : [`${accounts.active} active`]),
    ...(accounts?.created === undefined ? [] : [`${accounts.created} made`]),
  ].join(', ');
  const text =
    accounts === undefined
      ? UNKNOWN
      : `${accounts.total}${lately === '' ? '' : `; in 24 h ${lately}`}`;
  const what = `no account can be made: ${NO_CREATE_FILE} is there`;
  const findings = noCreate ? [warning(what, 'remove it when the reason for it is gone')] : [];
  return { name: 'accounts', text, findings };
};
