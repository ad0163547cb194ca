import { describe, expect, it, vi } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { dovecotPart } from '../../src/relay/dovecot.ts';
import { expirePart } from '../../src/relay/expire.ts';

// The bundles are made by the build, which unit tests do not need.
vi.mock('../../src/relay/bundles.ts', async (original) => ({
  ...(await original<typeof import('../../src/relay/bundles.ts')>()),
  readBundle: (name: string) => `program ${name}`,
}));

const config = configSchema.parse({ mail_domain: '_a.test' });
const part = expirePart(config, { debian: 13 });

const unit = (name: string): string => {
  const file = part.files?.find(({ path }) => path === `/etc/systemd/system/${name}`);
  if (!file) throw new Error(`the part has no ${name}`);
  return String(file.content);
};

describe('the expire part', () => {
  it('runs a timer and a socket, and no service by itself', () => {
    expect(part.units?.map(({ name }) => name)).toEqual([
      'chatmail-quota.socket',
      'chatmail-expire.timer',
    ]);
  });

  it.each(['chatmail-expire.service', 'chatmail-quota@.service'])(
    'lets %s reach the mail store and nothing else',
    (name) => {
      const text = unit(name);
      for (const setting of [
        'User=vmail',
        'ProtectHome=tmpfs',
        'BindPaths=/home/vmail/mail',
        'ProtectSystem=strict',
        'PrivateNetwork=yes',
        'CapabilityBoundingSet=',
        'Nice=19',
      ])
        expect(text.split('\n')).toContain(setting);
    },
  );

  it('asks who is connected before accounts are deleted, and keeps no address of a client', () => {
    expect(unit('chatmail-expire.service')).toMatch(
      /doveadm -f tab who \| cut -f 1,3 > (\S+)'\n.*--connected \1\nExecStopPost=\+\/bin\/rm -f \1\n/,
    );
  });

  it.each([12, 13] as const)('is where Dovecot of Debian %s sends its warnings', (debian) => {
    const listen = /^ListenStream=(.*)$/m.exec(unit('chatmail-quota.socket'))?.[1];
    const conf = String(dovecotPart(config, { debian }).files?.[0]?.content);
    expect(conf.split(String(listen))).toHaveLength(6);
    expect(conf).toMatch(/warning[^\n]*95[\s\S]*warning[^\n]*75/);
  });
});
