import { describe, expect, test } from 'vitest';
import { type LabHost, shellOnHost } from '../support/cmdeploy.ts';
import { deliver, type Login, openServerSession } from '../support/delivery.ts';
import { newCredentials } from '../support/deltachat.ts';
import { https } from '../support/https.ts';
import { imapAccepts, waitForSource } from '../support/imap.ts';
import { cleartext, pgpMime } from '../support/messages.ts';
import { newAccount, relays, submitting } from '../support/relays.ts';
import { type SmtpReply, SmtpSession } from '../support/smtp.ts';

/**
 * Where on the host an address of a client or the name of an account is found: in files and in the
 * journal, from all that has happened there. The mail store is left out; its folders are the names.
 * So is what tells of the operator: sshd, the runs of cmdeploy, the lab's own configuration.
 */
async function tracesIn(relay: LabHost, accounts: readonly Login[]): Promise<string> {
  const addresses = `${relay.address.replace(/\d+$/, '').replaceAll('.', '\\.')}[0-9]+`;
  const names = accounts.map(({ address }) => address.split('@')[0]).join('|');
  return await shellOnHost(
    relay,
    `cd /run
     present=$(find /home/vmail/mail -mindepth 2 -maxdepth 2 -type d -printf '%f\\n' |
       grep -E '^[a-z0-9]{9}@' | cut -d @ -f 1 | tail -500 | paste -sd '|')
     people="${names}\${present:+|$present}"
     journalctl -q -o short --no-hostname --no-pager |
       grep -avE ' (sshd(-session)?|systemd-logind)\\[' | grep -aE "${addresses}|$people" | head -20 || true
     # The queue and its journal of failures are the messages themselves.
     grep -roaE -s "${addresses}|$people" /etc /var/lib /var/log /var/spool /var/mail /var/tmp /run /tmp /root \\
       --exclude-dir={apt,dpkg,cmdeploy,journal,sessions,active,bounce,corrupt,defer,deferred,hold,incoming} \\
       --exclude={90lab,lab.conf,lab-network,wtmp*,btmp*,lastlog*} | grep -v ':${relay.address}$' | head -20 || true`,
  );
}

async function asServer(
  relay: LabHost,
  code: number,
  use: (session: SmtpSession) => Promise<SmtpReply>,
): Promise<void> {
  const session = await openServerSession(relay);
  try {
    expect(await use(session)).toMatchObject({ code });
  } finally {
    session.abort();
  }
}

describe.each(relays)('privacy on Debian $debian', (relay) => {
  test('no log tells who was here', async () => {
    const user = await newAccount(relay);
    const other = await newAccount(relay);
    const addresses = { from: user.address, to: other.address };
    const envelope = { from: user.address, to: [other.address] };
    const built = await pgpMime(addresses);
    await submitting(relay, user, (session) => deliver(session, envelope, built.source));
    await waitForSource(relay, other, built.id);
    await submitting(relay, user, (session) =>
      deliver(session, envelope, cleartext(addresses).source),
    );
    await submitting(relay, user, (session) =>
      deliver(session, { ...envelope, from: other.address }, built.source),
    );
    await imapAccepts(relay, { ...user, password: 'another-password' });
    await imapAccepts(relay, { ...newCredentials(relay.domain), password: 'short' });
    // A session each: Postfix under stress ends one at its first error (STRESS_README).
    const elsewhere = { ...envelope, to: ['somebody@example.org'] };
    await asServer(relay, 554, (session) => deliver(session, envelope, built.source));
    await asServer(relay, 554, (session) => deliver(session, elsewhere, built.source));
    await asServer(relay, 252, (session) => session.command(`VRFY ${other.address}`));
    await SmtpSession.connect(relay, 465, { maxVersion: 'TLSv1.2' }).catch(() => {});
    await https(relay, 'POST', '/new');
    await https(relay, 'GET', '/no-such-page');
    expect(await tracesIn(relay, [user, other])).toBe('');
  });

  test('the journal is kept in memory only', async () => {
    const script = 'ls -l /proc/$(pidof systemd-journald)/fd | grep -F .journal';
    const open = await shellOnHost(relay, script);
    expect(open).toContain('/run/log/journal/');
    expect(open).not.toContain('/var/log/journal/');
  });
});
