import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { systemPart } from '../../src/relay/system.ts';

const part = systemPart(configSchema.parse({ mail_domain: '_one.test' }), { debian: 13 });
const content = (path: string): string =>
  String(part.files?.find((file) => file.path === path)?.content);

describe('systemPart', () => {
  it('keeps the journal in memory, and small', () => {
    expect(content('/etc/systemd/journald.conf.d/chatmail.conf')).toMatch(/^Storage=volatile$/m);
    expect(content('/etc/systemd/journald.conf.d/chatmail.conf')).toMatch(/^RuntimeMaxUse=/m);
  });

  it('goes on where a kernel setting is refused', () => {
    const settings = content('/etc/sysctl.d/60-chatmail.conf').match(/^[^#\n].*=/gm) ?? [];
    expect(settings.length).toBeGreaterThan(0);
    expect(settings.every((setting) => setting.startsWith('-'))).toBe(true);
  });

  it('lets nobody write mail logs to disk', () => {
    expect(part.forbidden?.map(({ name }) => name)).toContain('rsyslog.service');
  });

  it('runs a refresh for each file that is only read at start', () => {
    expect(part.refreshes?.flatMap(({ inputs }) => inputs.files)).toEqual(
      part.files?.map(({ path }) => path).filter((path) => path.startsWith('/etc/')),
    );
  });
});
