import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type Config, configSchema } from '../../src/config/schema.ts';
import type { Part } from '../../src/engine/state.ts';
import { tlsPart } from '../../src/relay/tls.ts';
import { authority } from '../support/certificates.ts';

// The bundles are made by the build, which unit tests do not need.
vi.mock('../../src/relay/bundles.ts', () => ({ readBundle: () => '' }));

const ca = authority();
const selfSigned = configSchema.parse({ mail_domain: '_one.test' });
const external = configSchema.parse({
  mail_domain: 'chat.example.org',
  tls_external_cert_and_key: '/srv/tls/fullchain.pem /srv/tls/key.pem',
});
const acme = configSchema.parse({ mail_domain: 'chat.example.org' });

describe.each([12, 13] as const)('tlsPart on Debian %d', (debian) => {
  const part = (config: Config): Part => tlsPart(config, { debian });
  const unit = (config: Config, type: string): string =>
    String(part(config).files?.find(({ path }) => path.endsWith(`certificate.${type}`))?.content);

  it("makes a first certificate that only root reads, but none beside the operator's", () => {
    for (const config of [selfSigned, acme]) {
      const [generated] = part(config).generated ?? [];
      expect(generated?.mode).toBe(0o600);
      expect(generated?.owner).toEqual({ user: 'root', group: 'root' });
      expect(generated?.paths).toEqual(['/etc/ssl/private/chatmail.pem']);
    }
    expect(part(external).generated).toEqual([]);
  });

  it('takes over the certificate of an upstream relay if it is good', () => {
    const [first = ['false']] = part(acme).generated?.[0]?.commands ?? [];
    expect(first).toContain('/var/lib/acme/live/chat.example.org');
    const folder = mkdtempSync(join(tmpdir(), 'cmdeploy-'));
    const [program = '', ...args] = first.map((word) =>
      word.replace(/^\/var\/lib\/acme\/live\/.*|^\/etc\/ssl\/private(?=\/)/, folder),
    );
    const result = (names: readonly string[], days: number): string => {
      const { certificate, key } = ca.issue(names, days);
      writeFileSync(join(folder, 'fullchain'), certificate);
      writeFileSync(join(folder, 'privkey'), key);
      rmSync(join(folder, 'chatmail.pem'), { force: true });
      execFileSync(program, args, { stdio: 'pipe' });
      const taken = readFileSync(join(folder, 'chatmail.pem'), 'utf8');
      return taken === certificate + key ? 'taken over' : 'self-signed';
    };
    expect(result(['chat.example.org'], 5)).toBe('taken over');
    expect(result(['other.example.org'], 5)).toBe('self-signed');
    expect(result(['chat.example.org'], 0)).toBe('self-signed');
    rmSync(folder, { recursive: true });
    expect(part(selfSigned).generated?.[0]?.commands[0]?.[0]).toBe('openssl');
  });

  it('installs the ACME client only where there is an authority to ask', () => {
    expect(part(acme).packages).toContain('certbot');
    expect(part(selfSigned).packages).not.toContain('certbot');
    expect(part(external).packages).not.toContain('certbot');
  });

  it('watches the files that the daemons read, and links that may lead to others', () => {
    expect(unit(external, 'path').match(/^PathChanged=.*/gm)).toEqual([
      'PathChanged=/srv/tls/fullchain.pem',
      'PathChanged=/srv/tls',
      'PathChanged=/srv/tls/key.pem',
    ]);
    expect(unit(acme, 'path')).toContain('PathChanged=/etc/ssl/private/chatmail.pem');
  });

  it('reloads the daemons that serve it', () => {
    const postfix = debian === 12 ? 'postfix@-.service' : 'postfix.service';
    const reloads = `--reload ${postfix} --reload dovecot.service --reload nginx.service`;
    expect(unit(acme, 'service')).toContain(reloads);
  });

  it('may write keys only where they are its own', () => {
    expect(unit(acme, 'service')).toMatch(/^ReadWritePaths=.* \/etc\/ssl\/private$/m);
    expect(unit(external, 'service')).not.toContain('/etc/ssl');
  });

  it('starts the service last, and again while it has something to say', () => {
    expect(part(acme).followUps).toMatchObject([
      {
        command: expect.arrayContaining(['chatmail-certificate.service']),
        notice: '/var/lib/chatmail-certificate/notice',
      },
    ]);
  });
});
