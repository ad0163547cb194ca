import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { LOG_DIRECTORY, logsPart } from '../../src/relay/logs.ts';
import { LOG_FIFO } from '../../src/relay/paths.ts';

const SCRIPT = fileURLToPath(new URL('../../templates/logs/scrub.sed', import.meta.url));

/** What the unit runs, on all lines at once. */
const scrub = (lines: readonly (string | Buffer)[]): string[] => {
  const input = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
  const output = execFileSync('sed', ['-E', '-f', SCRIPT], { input, env: { LC_ALL: 'C' } });
  return output.toString('latin1').split('\n').slice(0, -1);
};

const expectScrubbed = (cases: readonly (readonly [string, string])[]): void => {
  expect(scrub(cases.map(([line]) => line))).toEqual(cases.map(([, scrubbed]) => scrubbed));
};

describe('scrub.sed', () => {
  it('takes IPv4 addresses out, wherever they stand', () => {
    expectScrubbed([
      ['connect from unknown[1.2.3.4]', '<6>connect from unknown[ip]'],
      ['unknown[1.2.3.4]:51234 and 1.2.3.4:25', '<6>unknown[ip]:51234 and ip:25'],
      ['rip=10.0.0.1, lip=192.168.100.200,', '<6>rip=ip, lip=ip,'],
      ['1.2.3.4,5.6.7.8 9.9.9.9', '<6>ip,ip ip'],
      ['x_1.2.3.4 host-1.2.3.4.isp.example', '<6>x_ip host-ip.isp.example'],
      ['relay=<[10.66.77.88]>', '<6>relay=<[ip]>'],
    ]);
  });

  it('takes IPv6 addresses out, in all their forms', () => {
    expectScrubbed([
      ['unknown[2001:db8::1]:25', '<6>unknown[ip]:25'],
      ['rip=2001:DB8:0:0:0:ff00:42:8329, x', '<6>rip=ip, x'],
      ['1:2:3:4:5:6:7:8,1:2:3:4:5:6:7:8', '<6>ip,ip'],
      ['1:2:3:4:5:6:7:8:993 1:2:3:4:5:6:7:8: gone', '<6>ip ip: gone'],
      ['1:2:3:4:5:6:1.2.3.4', '<6>ip'],
      ['rip=::ffff:10.0.0.1, lip=fe80::1%eth0', '<6>rip=ip, lip=ip'],
      ['[::1] ::1 2001:db8:: fe80::', '<6>[ip] ip ip ip'],
      ['relay=<[IPv6:2001:db8::7]> [IPv6:1:2:3:4:5:6:7:8]', '<6>relay=<[IPv6:ip]> [IPv6:ip]'],
    ]);
  });

  it('keeps no words of strangers that Postfix quotes, and no names of clients', () => {
    const smtpd = 'postfix/submission/smtpd[1]: ';
    expectScrubbed([
      [
        `${smtpd}improper command pipelining after CONNECT from unknown[1.2.3.4]: EHLO me\\r\\n`,
        `<6>${smtpd}improper command pipelining after CONNECT from unknown[ip]`,
      ],
      [
        `${smtpd}warning: non-SMTP command from unknown[1.2.3.4]: GET /me HTTP/1.1`,
        `<4>${smtpd}warning: non-SMTP command from unknown[ip]`,
      ],
      [
        `${smtpd}warning: unknown[1.2.3.4]: request longer than 2048: EHLO me...`,
        `<4>${smtpd}warning: unknown[ip]: request longer than 2048`,
      ],
      [
        'postfix/cleanup[1]: 4jX: reject: mime-error too deep: X: a from b from unknown[1.2.3.4]; from=<>',
        '<6>postfix/cleanup[1]: 4jX: reject: mime-error too deep from unknown[ip]; from=<>',
      ],
      ['postfix/cleanup[1]: 4jX: message-id=<me>', '<6>postfix/cleanup[1]: 4jX: message-id=*'],
      [
        'from=<> to=<a@b.example> proto=ESMTP helo=<laptop-of-me>',
        '<6>from=<> to=<*@b.example> proto=ESMTP',
      ],
    ]);
  });

  it('takes the local part of mail addresses out and leaves the domain', () => {
    expectScrubbed([
      ['from=<joe@x.example>, to=<a=b/c@y.example>', '<6>from=<*@x.example>, to=<*@y.example>'],
      ['to=<"a b"@x.example> orig="a\\" b"@y.example', '<6>to=<*@x.example> orig=*@y.example'],
      ['sasl_username=joe@x.example', '<6>sasl_username=*@x.example'],
      ['imap(joe@x.example)<12><aB3/>: x', '<6>imap(*@x.example)<12><aB3/>: x'],
      ['lua(joe@x.example,<rtKi9uFg0rp/AAAB>): x', '<6>lua(*@x.example,<session>): x'],
      ['imap(joe@x.example)<12><C36X3TBGBwbGEgAB>', '<6>imap(*@x.example)<12><session>'],
      [
        '/home/vmail/mail/x.example/joe@x.example/cur',
        '<6>/home/vmail/mail/x.example/*@x.example/cur',
      ],
      ['"GET /?addr=joe%40x.example HTTP/1.1"', '<6>"GET /?addr=*%40x.example HTTP/1.1"'],
      ['to=<joe@[1.2.3.4]>', '<6>to=<*@[ip]>'],
    ]);
  });

  it('leaves times, queue ids, versions, fingerprints and names of functions', () => {
    const lines = [
      '4jXdPL6BWMzF8ks: client=x',
      'at 12:34:56 and 2026-01-01T00:00:00',
      'postfix/smtpd[9]: error:0A000102:SSL routines::unsupported protocol:../ssl/a.c:1664:',
      'Dovecot v2.3.19.1 (9b53102964)',
      'AB:CD:EF:12:34:56:78:90:AB:CD:EF:12:34:56:78:90:AB:CD:EF:12',
      'std::string delay=0.01, delays=0/0.01/0/0, dsn=2.0.0, status=sent (250 2.0.0 saved)',
    ];
    expect(scrub(lines)).toEqual(lines.map((line) => `<6>${line}`));
  });

  it('strips the time and the host, which the journal has itself', () => {
    expectScrubbed([
      ['Nov  2 18:31:20 relay postfix/smtpd[123]: x', '<6>postfix/smtpd[123]: x'],
      ['Nov 22 18:31:20 imap-login: Info: x', '<6>imap-login: Info: x'],
      ['2026/11/22 18:31:20 [notice] 9#9: x', '<6>nginx: [notice] 9#9: x'],
    ]);
  });

  it('marks warnings and errors for the journal', () => {
    expectScrubbed([
      ['Nov 22 18:31:20 relay postfix/smtpd[1]: warning: x', '<4>postfix/smtpd[1]: warning: x'],
      [
        'postfix/smtpd[1]: 4jXdPL6BWMzF8ks: warning: x',
        '<4>postfix/smtpd[1]: 4jXdPL6BWMzF8ks: warning: x',
      ],
      ['postfix/master[1]: fatal: x', '<3>postfix/master[1]: fatal: x'],
      ['imap(joe@x.example)<1><s>: Error: x', '<3>imap(*@x.example)<1><s>: Error: x'],
      ['auth: Warning: x', '<4>auth: Warning: x'],
      ['auth-worker(1): request [19]: Error: x', '<3>auth-worker(1): request [19]: Error: x'],
      ['2026/11/22 18:31:20 [crit] 9#9: x', '<3>nginx: [crit] 9#9: x'],
      ['2026/11/22 18:31:20 [warn] 9#9: x', '<4>nginx: [warn] 9#9: x'],
    ]);
  });

  it('lets no line choose its own level, and no odd byte hide an address', () => {
    const odd = Buffer.from([0xff, 0xfe, 0xc3]);
    const lines = scrub(['<0>alarm', Buffer.concat([odd, Buffer.from('[1.2.3.4]'), odd])]);
    expect(lines).toEqual(['<6><0>alarm', '<6>\xff\xfe\xc3[ip]\xff\xfe\xc3']);
  });

  it('drops what Postfix says of every Received: that it makes anonymous', () => {
    const line =
      'Nov 22 18:31:20 r postfix/submission/cleanup[1]: 4jXdPL741DzF8kw: replace: header Received: from [1.2.3.4]';
    expect(scrub([line, 'x'])).toEqual(['<6>x']);
  });
});

describe('the logs part', () => {
  const part = logsPart(configSchema.parse({ mail_domain: '_a.test' }), { debian: 12 });
  const text = (path: string) => String(part.files?.find((file) => file.path === path)?.content);

  it('opens the pipe for root only, before its reader', () => {
    expect(part.units?.map(({ name }) => name)).toEqual([
      'chatmail-logs.socket',
      'chatmail-logs.service',
    ]);
    const socket = text('/etc/systemd/system/chatmail-logs.socket');
    expect(socket).toContain(`ListenFIFO=${LOG_FIFO}`);
    expect(socket).toContain('SocketMode=0600');
    expect(LOG_FIFO.startsWith(LOG_DIRECTORY)).toBe(true);
  });

  it('runs the script that it installs, and never gives up', () => {
    const service = text('/etc/systemd/system/chatmail-logs.service');
    expect(service).toContain('sed -E -f /etc/chatmail/scrub.sed');
    expect(service).toContain('Environment=LC_ALL=C');
    expect(service).toContain('StartLimitIntervalSec=0');
    expect(part.units?.[1]?.restartOn.files).toContain('/etc/chatmail/scrub.sed');
  });
});
