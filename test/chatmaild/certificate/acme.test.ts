import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AcmeContext, renewByAcme } from '../../../src/chatmaild/certificate/acme.ts';
import { certbotFiles } from '../../../src/chatmaild/certificate/certbot.ts';
import { parsePair } from '../../../src/chatmaild/certificate/pair.ts';
import {
  openStateFolder,
  type StateFolder,
} from '../../../src/chatmaild/certificate/state-folder.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { authority, selfSigned } from '../../support/certificates.ts';

const place = vi.hoisted(() => ({ file: '' }));
vi.mock('../../../src/config/certificate.ts', async (original) => ({
  ...(await original<object>()),
  certificateFiles: () => ({ certificate: place.file, key: place.file }),
}));

const NAMES = ['a.test', 'www.a.test', 'mta-sts.a.test'];
const config = configSchema.parse({
  mail_domain: 'a.test',
  acme_directory_url: 'https://ca.test/dir',
});
const ca = authority();
const good = ca.issue(NAMES, 90);
const temporary = selfSigned('a.test');
const HOUR = 3_600_000;

let folder: string;
let state: StateFolder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cmdeploy-'));
  place.file = join(folder, 'live.pem');
  writeFileSync(place.file, temporary);
  state = openStateFolder(folder, folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A certbot that fails with each of `failures`, then gets the good certificate. */
const certbot = (failures: readonly string[] = []) => {
  const left = [...failures];
  return vi.fn<AcmeContext['run']>(() => {
    const output = left.shift();
    if (output !== undefined) return Promise.resolve({ ok: false, output });
    const files = certbotFiles(state.certbot, 'a.test');
    mkdirSync(dirname(files.certificate), { recursive: true });
    writeFileSync(files.certificate, good.certificate);
    writeFileSync(files.key, good.key);
    const account = join(state.certbot, 'accounts/ca.test/dir/1f');
    mkdirSync(account, { recursive: true });
    writeFileSync(join(account, 'regr.json'), '{"body":{},"uri":"https://ca.test/1f"}');
    return Promise.resolve({ ok: true, output: '' });
  });
};

const context = (change: Partial<AcmeContext> = {}): AcmeContext => ({
  config,
  state,
  run: certbot(),
  findObstacles: () => Promise.resolve([]),
  webroot: '/x',
  unattended: true,
  now: Date.now(),
  ...change,
});

const current = parsePair(temporary, temporary);
const served = parsePair(good.certificate, good.key);

describe('renewByAcme', () => {
  it('replaces the temporary certificate', async () => {
    expect(await renewByAcme(current, context())).toEqual([]);
    expect(readFileSync(place.file, 'utf8')).toBe(good.certificate + good.key);
    expect(await state.authority()).toBe('https://ca.test/dir');
    expect(readFileSync(join(folder, 'account'), 'utf8')).toBe('https://ca.test/1f\n');
  });

  it('leaves a good one alone', async () => {
    const run = certbot();
    expect(await renewByAcme(served, context({ run }))).toEqual([]);
    expect(run).not.toHaveBeenCalled();
  });

  it.each([
    ['is about to end', {}, 70],
    ['is for another domain', { config: { ...config, mail_domain: 'b.test' } }, 0],
  ])('asks for a new one when the present one %s', async (_, change, days) => {
    const run = certbot(['no']);
    await renewByAcme(served, context({ ...change, run, now: Date.now() + days * 24 * HOUR }));
    expect(run).toHaveBeenCalledOnce();
  });

  it('asks another authority when the operator has chosen one', async () => {
    await state.setAuthority('https://old.test/dir');
    const run = certbot();
    await renewByAcme(served, context({ run }));
    expect(run).toHaveBeenCalledOnce();
  });

  it('asks nobody while a record is missing, and does not count that', async () => {
    const run = certbot();
    const findObstacles = () => Promise.resolve(['www.a.test has no A or AAAA record']);
    expect(await renewByAcme(current, context({ run, findObstacles }))).toEqual([
      expect.stringContaining('No certificate for a.test from ca.test yet'),
      'www.a.test has no A or AAAA record',
    ]);
    expect(run).not.toHaveBeenCalled();
    expect(await state.failures()).toEqual([]);
  });

  it('keeps the present one when the authority fails, and waits longer each time', async () => {
    const now = Date.now();
    const down = certbot(['Requesting ca.test/dir: No route to host', 'again']);
    const first = await renewByAcme(current, context({ run: down, now }));
    expect(first.at(-1)).toBe('Requesting ca.test/dir: No route to host');
    expect(readFileSync(place.file, 'utf8')).toBe(temporary);

    const early = await renewByAcme(current, context({ run: down, now: now + HOUR / 2 }));
    expect(early.at(-1)).toContain('1 attempt has failed');
    expect(down).toHaveBeenCalledOnce();

    await renewByAcme(current, context({ run: down, now: now + HOUR / 2, unattended: false }));
    expect(down).toHaveBeenCalledTimes(2);
    expect(await renewByAcme(current, context({ now: now + 5 * HOUR }))).toEqual([]);
    expect(await state.failures()).toEqual([]);
  });

  it('asks again at once after an error that passes', async () => {
    const run = certbot(['unacceptable anti-replay nonce', 'unacceptable anti-replay nonce']);
    expect(await renewByAcme(current, context({ run }))).toEqual([]);
  });
});
