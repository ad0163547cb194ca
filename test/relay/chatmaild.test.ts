import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { chatmaildPart } from '../../src/relay/chatmaild.ts';

// The bundles are made by the build, which unit tests do not need.
vi.mock('../../src/relay/bundles.ts', async (original) => ({
  ...(await original<typeof import('../../src/relay/bundles.ts')>()),
  readBundle: (name: string) => `program ${name}`,
}));

const part = chatmaildPart(configSchema.parse({ mail_domain: '_a.test' }), { debian: 13 });

const file = (path: string) => {
  const found = part.files?.find((candidate) => candidate.path === path);
  if (!found) throw new Error(`the part has no ${path}`);
  return found;
};
/** Settings of a unit file; repeated ones keep the last. */
const unit = (name: string): Map<string, string> =>
  new Map(
    String(file(`/etc/systemd/system/${name}`).content)
      .split('\n')
      .filter((line) => /^[A-Z]\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

describe('the chatmaild part', () => {
  it('installs the bundles and the settings, which nobody but root changes', () => {
    expect(file('/usr/local/lib/chatmaild/filter.cjs').content).toBe('program filter.cjs');
    expect(String(file('/etc/chatmail/chatmail.ini').content)).toContain('mail_domain = _a.test');
    for (const { owner } of part.files ?? []) expect(owner.user).toBe('root');
  });

  it('starts the sockets before their services', () => {
    expect(part.units?.map(({ name }) => name)).toEqual([
      'chatmail-filter-incoming.socket',
      'chatmail-filter-outgoing.socket',
      'chatmail-filter.service',
      'chatmail-accounts-auth.socket',
      'chatmail-accounts-http.socket',
      'chatmail-accounts-dict.socket',
      'chatmail-accounts.service',
      'chatmail-push.service',
      'chatmail-mxdeliv.socket',
      'chatmail-mxdeliv.service',
      'chatmail-mxsend.socket',
      'chatmail-mxsend.service',
    ]);
  });

  it('restarts a service for its program, settings, unit, secret and Node.js', () => {
    const service = part.units?.find(({ name }) => name === 'chatmail-accounts.service');
    expect(service?.restartOn).toEqual({
      files: [
        '/usr/local/lib/chatmaild/accounts.cjs',
        '/etc/chatmail/chatmail.ini',
        '/etc/systemd/system/chatmail-accounts.service',
        '/etc/chatmail/turn-secret',
      ],
      packages: ['nodejs'],
    });
  });

  it('reloads the filter for its settings: its connections stay', () => {
    const service = part.units?.find(({ name }) => name === 'chatmail-filter.service');
    expect(service?.reloadOn.files).toEqual(['/etc/chatmail/chatmail.ini']);
    expect(service?.restartOn.files).not.toContain('/etc/chatmail/chatmail.ini');
    expect(unit('chatmail-filter.service').get('ExecReload')).toBe('/bin/kill -HUP $MAINPID');
  });

  it('names the sockets as the programs look for them', () => {
    const names = [
      'filter-incoming',
      'filter-outgoing',
      'accounts-auth',
      'accounts-http',
      'accounts-dict',
    ].map((name) => unit(`chatmail-${name}.socket`).get('FileDescriptorName'));
    expect(names).toEqual(['incoming', 'outgoing', 'auth', 'http', 'dict']);
  });

  it('lets only Postfix talk to the filter, and only nginx and the filter to the accounts', () => {
    const incoming = unit('chatmail-filter-incoming.socket');
    expect(incoming.get('SocketGroup')).toBe('postfix');
    expect(incoming.get('SocketMode')).toBe('0660');
    const http = unit('chatmail-accounts-http.socket');
    expect(http.get('SocketUser')).toBe('www-data');
    expect(http.get('SocketGroup')).toBe('chatmail-filter');
    expect(http.get('SocketMode')).toBe('0660');
    expect(unit('chatmail-accounts-auth.socket').get('ListenStream')).toBe('127.0.0.1:8181');
    expect(unit('chatmail-accounts-dict.socket').get('SocketUser')).toBe('vmail');
  });

  it('lets one service out: to the network, and away from the mail store', () => {
    const push = unit('chatmail-push.service');
    expect(push.get('User')).toBe('chatmail-push');
    expect(push.has('IPAddressDeny')).toBe(false);
    expect(push.get('ProtectHome')).toBe('yes');
    expect(push.has('Requires')).toBe(false);
    for (const name of ['filter', 'accounts'])
      expect(unit(`chatmail-${name}.service`).get('IPAddressDeny')).toBe('any');
  });

  it('keeps the filter away from the mail store, which the accounts service needs', () => {
    const filter = unit('chatmail-filter.service');
    expect(filter.get('User')).toBe('chatmail-filter');
    expect(filter.get('ProtectHome')).toBe('yes');
    expect(filter.has('BindPaths')).toBe(false);
    const accounts = unit('chatmail-accounts.service');
    expect(accounts.get('User')).toBe('vmail');
    expect(accounts.get('BindPaths')).toBe('/home/vmail/mail');
    for (const service of [filter, accounts]) expect(service.get('ProtectSystem')).toBe('strict');
  });

  it('gives up on a service never', () => {
    expect(unit('chatmail-filter.service').get('Restart')).toBe('always');
    expect(unit('chatmail-filter.service').get('StartLimitIntervalSec')).toBe('0');
    expect(unit('chatmail-filter-incoming.socket').get('TriggerLimitIntervalSec')).toBe('0');
  });
});

describe('readBundle', () => {
  it('says what to do when the build is missing', async () => {
    const { readBundle } = await vi.importActual<typeof import('../../src/relay/bundles.ts')>(
      '../../src/relay/bundles.ts',
    );
    expect(() => readBundle('filter.cjs', pathToFileURL('/nonexistent/'))).toThrow(
      'the program filter.cjs is not in /nonexistent/; run "npm run build"',
    );
  });
});
