import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { opendkimPart } from '../../src/relay/opendkim.ts';
import { DKIM_KEY, DKIM_KEY_TABLE } from '../../src/relay/paths.ts';

const part = opendkimPart(configSchema.parse({ mail_domain: '_a.test' }), { debian: 12 });

const settings = new Map(
  String(part.files?.find(({ path }) => path === '/etc/opendkim.conf')?.content)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', value = ''] = line.split(/\s+/);
      return [name, value];
    }),
);

describe('opendkim.conf', () => {
  it('signs, and only signs, for the mail domain', () => {
    expect(settings.get('Mode')).toBe('s');
    expect(settings.get('SigningTable')).toBe('csl:_a.test=current');
    expect(settings.get('KeyTable')).toBe(`file:${DKIM_KEY_TABLE}`);
    expect(settings.get('Canonicalization')).toBe('relaxed/simple');
  });

  it('signs what Postfix says is ours, wherever it comes from', () => {
    expect(settings.get('MTA')).toBe('ORIGINATING');
  });

  it('signs every signed header once more than it is there', () => {
    expect(settings.get('OversignHeaders')).toBe(settings.get('SignHeaders'));
    const headers = settings.get('SignHeaders')?.split(',');
    for (const name of ['from', 'to', 'subject', 'date', 'autocrypt', 'content-type'])
      expect(headers).toContain(name);
    expect(headers).not.toContain('received');
  });

  it('refuses for now what it could not sign', () => {
    expect(settings.get('On-InternalError')).toBe('tempfail');
  });
});

describe('the DKIM key', () => {
  it('is made where it is kept, for OpenDKIM only', () => {
    expect(part.generated?.find(({ paths }) => paths.includes(DKIM_KEY))).toEqual({
      name: 'DKIM key',
      paths: [DKIM_KEY],
      commands: [['openssl', 'genrsa', '-out', DKIM_KEY, '2048']],
      owner: { user: 'opendkim', group: 'opendkim' },
      mode: 0o600,
    });
  });

  it('is the one that signs until another is chosen on the host', () => {
    const table = part.generated?.find(({ paths }) => paths.includes(DKIM_KEY_TABLE));
    expect(table?.commands).toEqual([
      [
        'sh',
        '-c',
        'printf "%s\\n" "$1" > "$2"',
        'sh',
        `current %:opendkim:${DKIM_KEY}`,
        DKIM_KEY_TABLE,
      ],
    ]);
    expect(table).toMatchObject({ owner: { user: 'opendkim', group: 'opendkim' }, mode: 0o600 });
    expect(part.units?.[0]?.reloadOn.files).toEqual([DKIM_KEY_TABLE]);
  });

  it('restarts OpenDKIM when it is another', () => {
    expect(part.units?.[0]?.restartOn.files).toContain(DKIM_KEY);
  });
});
