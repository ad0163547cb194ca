import { describe, expect, test } from 'vitest';
import { shellOnHost } from '../support/cmdeploy.ts';
import { deliver, openServerSession } from '../support/delivery.ts';
import { newCredentials } from '../support/deltachat.ts';
import { https } from '../support/https.ts';
import { imapAccepts, waitForSource } from '../support/imap.ts';
import { cleartext, pgpMime } from '../support/messages.ts';
import { newAccount, relays, submitting } from '../support/relays.ts';
import { SmtpSession } from '../support/smtp.ts';

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
    const refused = await openServerSession(relay);
    await deliver(refused, envelope, built.source);
    await refused.command(`VRFY ${other.address}`);
    await refused.command('RCPT TO:<somebody@example.org>');
    refused.abort();
    await SmtpSession.connect(relay, 465, { maxVersion: 'TLSv1.2' }).catch(() => {});
    await https(relay, 'POST', '/new');
    await https(relay, 'GET', '/no-such-page');

    const own = relay.address.replace(/\d+$/, '');
    const people = [user, other].map(({ address }) => address.split('@')[0]).join('|');
    // sshd may say from where the operator came; the binary logs of logins are its own too.
    const traces = await shellOnHost(
      relay,
      `journalctl -q -o short --no-hostname --no-pager | grep -vE ' sshd(-session)?\\[' > /run/journal.txt
       cp -r /var/log /run/logs
       rm -rf /run/logs/journal /run/logs/wtmp* /run/logs/btmp* /run/logs/lastlog* /run/logs/apt
       grep -rhaE '${own.replaceAll('.', '\\.')}[0-9]|${people}' /run/journal.txt /run/logs | head -20 || true
       rm -r /run/journal.txt /run/logs`,
    );
    expect(traces).toBe('');
  });

  test('the journal is kept in memory only', async () => {
    const script = 'ls -l /proc/$(pidof systemd-journald)/fd | grep -F .journal';
    const open = await shellOnHost(relay, script);
    expect(open).toContain('/run/log/journal/');
    expect(open).not.toContain('/var/log/journal/');
  });
});
