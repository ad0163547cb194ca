import { describe, expect, it } from 'vitest';
import type { Query } from '../../src/engine/facts.ts';
import { parseFacts } from '../../src/engine/observe/parse.ts';
import { observeScript } from '../../src/engine/observe/script.ts';

const query: Query = {
  packages: ['postfix', 'dovecot-core'],
  trees: ['/var/www/site'],
  paths: ['/etc/postfix/main.cf', '/etc/postfix', '/etc/resolv.conf', '/missing'],
  users: ['vmail'],
  units: ['postfix.service', 'nothing.service'],
  preconditions: [{ name: 'certificate', script: 'true' }],
};

const HASH = 'a'.repeat(64);

/** As a Debian 13 host answers, shortened. */
const ANSWER = [
  '@@system',
  'id debian',
  'version 13',
  'name Debian GNU/Linux 13 (trixie)',
  'architecture arm64',
  'uid 0',
  'systemd yes',
  '@@packages',
  'installed postfix 3.10.5-1~deb13u1',
  'config-files dovecot-core 1:2.4.1+dfsg1-6',
  'installed bash 5.2',
  '@@files',
  'f\troot\troot\t644\t/etc/postfix/main.cf\t',
  'd\troot\troot\t755\t/etc/postfix\t',
  'l\troot\troot\t777\t/etc/resolv.conf\t../run/resolv.conf',
  'f\troot\troot\t644\t/etc/shadow\t',
  'f\troot\troot\t644\t/var/www/site/a/old page.html\t',
  'f\troot\troot\t644\t/var/www/site/../../etc/shadow\t',
  '@@hashes',
  `${HASH}  /etc/postfix/main.cf`,
  '@@users',
  'vmail\t/home/vmail\tvmail ssl-cert',
  '@@units',
  'Id=postfix.service',
  'LoadState=loaded',
  'ActiveState=active',
  'UnitFileState=enabled',
  'NeedDaemonReload=no',
  '',
  'Id=nothing.service',
  'LoadState=not-found',
  'ActiveState=inactive',
  'UnitFileState=',
  'NeedDaemonReload=no',
  '@@stamps',
  `/var/lib/cmdeploy/stamps/postfix.service:/etc/postfix/main.cf\t${HASH}`,
  '/var/lib/cmdeploy/stamps/postfix.service:postfix\t3.10.5-1~deb13u1',
  '/etc/passwd:root\tx',
  '@@listeners',
  'tcp\t0.0.0.0:25\tmaster\tpostfix.service',
  'tcp\t[::]:25\tmaster\tpostfix.service',
  'udp\t127.0.0.53%lo:53\tsystemd-resolve\tsystemd-resolved.service',
  '@@end',
  '',
].join('\n');

describe('parseFacts', () => {
  const facts = parseFacts(ANSWER, query);

  it('reads the system', () => {
    expect(facts.system).toEqual({
      id: 'debian',
      version: '13',
      prettyName: 'Debian GNU/Linux 13 (trixie)',
      architecture: 'arm64',
      systemd: true,
      uid: 0,
    });
  });

  it('takes only what was asked for', () => {
    expect(facts.packages).toEqual({ postfix: '3.10.5-1~deb13u1' });
    expect(Object.keys(facts.files)).toEqual([
      '/etc/postfix/main.cf',
      '/etc/postfix',
      '/etc/resolv.conf',
      '/var/www/site/a/old page.html',
    ]);
    expect(Object.keys(facts.stamps)).toEqual(['postfix.service']);
  });

  it('reads files, links, users, units, stamps and listeners', () => {
    expect(facts.files['/etc/postfix/main.cf']).toEqual({
      type: 'file',
      user: 'root',
      group: 'root',
      mode: 0o644,
      sha256: HASH,
    });
    expect(facts.files['/etc/resolv.conf']).toMatchObject({
      type: 'link',
      target: '../run/resolv.conf',
    });
    expect(facts.users).toEqual({ vmail: { home: '/home/vmail', groups: ['vmail', 'ssl-cert'] } });
    expect(facts.units['postfix.service']).toEqual({
      load: 'loaded',
      active: 'active',
      file: 'enabled',
      needsDaemonReload: false,
    });
    expect(facts.units['nothing.service']?.load).toBe('not-found');
    expect(facts.stamps['postfix.service']).toEqual({
      '/etc/postfix/main.cf': HASH,
      postfix: '3.10.5-1~deb13u1',
    });
    expect(facts.listeners).toContainEqual({
      protocol: 'tcp',
      address: '[::]',
      port: 25,
      program: 'master',
      unit: 'postfix.service',
    });
  });

  it('refuses an answer that was cut short', () => {
    expect(() => parseFacts(ANSWER.replace('@@end', ''), query)).toThrow(/ends early/);
    expect(() => parseFacts('', query)).toThrow(/ends early/);
  });

  it('survives nonsense from a hostile host', () => {
    const noise = ['@@system', 'uid', '@@units', '=', 'Id', '@@files', '\t\t', '@@users', ''];
    const hostile = parseFacts([...noise, '@@listeners', 'tcp\tx', '@@end'].join('\n'), query);
    expect(hostile.system).toMatchObject({ id: '', uid: -1, systemd: false });
    expect(hostile.files).toEqual({});
    expect(hostile.listeners).toEqual([]);
  });
});

describe('observeScript', () => {
  it('quotes every name it is given', () => {
    const script = observeScript({ ...query, paths: ["/a'; rm -rf /b"] });
    expect(script).toContain(`'/a'\\''; rm -rf /b'`);
  });
});
