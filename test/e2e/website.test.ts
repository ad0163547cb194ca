import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cmdeploy, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { type HttpsAnswer, https } from '../support/https.ts';
import { relays } from '../support/relays.ts';

interface Report {
  readonly changed: boolean;
  readonly generation: number;
  readonly steps: readonly {
    readonly kind: string;
    readonly path?: string;
    readonly unit?: string;
  }[];
}

const languageOf = ({ body }: HttpsAnswer): string | undefined =>
  /<html lang="(\w+)"/.exec(body)?.[1];

describe.concurrent.each(relays)('the web pages on Debian $debian', (relay) => {
  const get = (path: string, language = ''): Promise<HttpsAnswer> =>
    https(relay, 'GET', path, '', { 'accept-language': language });

  test.sequential('come in the language that the browser prefers', async () => {
    const wanted: readonly (readonly [header: string, language: string])[] = [
      ['', 'en'],
      ['nl', 'en'],
      ['de-AT,de;q=0.9,en;q=0.8', 'de'],
      ['PT-BR', 'pt'],
      ['nl,fa;q=0.7,zh;q=0.3', 'fa'],
      ['fr;q=0.2,tr;q=0.9', 'tr'],
      ['it;q=0,uk;q=0.1', 'uk'],
      [`${'x-y,'.repeat(200)}pl`, 'pl'],
    ];
    for (const [header, language] of wanted) {
      for (const path of ['/', '/info.html', '/privacy.html']) {
        const answer = await get(path, header);
        expect([path, header, answer.status, languageOf(answer)]).toEqual([
          path,
          header,
          200,
          language,
        ]);
        expect(answer.headers['content-language']).toBe(language);
        expect(answer.headers['vary']).toBe('Accept-Language');
      }
    }
  });

  test.sequential('stay in the language that was chosen by a link', async () => {
    const answer = await get('/ru/', 'de');
    expect(languageOf(answer)).toBe('ru');
    expect(answer.headers['content-language']).toBe('ru');
    expect(answer.headers['vary']).toBeUndefined();
    expect(await get('/ru')).toMatchObject({ status: 301, headers: { location: '/ru/' } });
  });

  test.sequential('load nothing from elsewhere; only the page that makes logins runs a script', async () => {
    const index = await get('/');
    expect(index.headers['content-security-policy']).toMatch(
      /^default-src 'none';.* script-src 'self';/,
    );
    for (const path of ['/en/info.html', '/fa/privacy.html', '/style.css', '/nothing']) {
      const { headers } = await get(path);
      expect(headers['content-security-policy']).toContain("default-src 'none';");
      expect(headers['content-security-policy']).not.toContain('script-src');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
    for (const [, source = ''] of index.body.matchAll(/(?:src|<link[^>]*href)="([^"]*)"/g)) {
      expect(source).toMatch(/^\/\w/);
      expect((await get(source)).status).toBe(200);
    }
  });

  test.sequential('are shown over TLS only', async () => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { host: relay.address, path: '/info.html', headers: { host: relay.domain } };
      request(options, resolve).on('error', reject).end();
    });
    answer.destroy();
    expect(answer.statusCode).toBe(301);
    expect(answer.headers.location).toBe(`https://${relay.domain}/info.html`);
  });

  test.sequential('a missing page is told in the language of the visitor', async () => {
    for (const path of ['/nothing', '/de/nothing/at/all.html', '/.git/config', '/%00']) {
      const answer = await get(path, 'es');
      expect([404, 400]).toContain(answer.status);
      if (answer.status === 404) expect(answer.body).toContain('<html lang="es"');
    }
  });

  test.sequential('are not there for other methods', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'TRACE'] as const)
      expect([method, (await https(relay, method, '/')).status]).toEqual([method, 405]);
    const head = await https(relay, 'HEAD', '/');
    expect(head).toMatchObject({ status: 200, body: '' });
  });

  test.sequential('leave /new to the accounts service', async () => {
    const answer = await https(relay, 'POST', '/new', '', { 'accept-language': 'fa' });
    expect(answer.headers['content-type']).toContain('application/json');
    expect(JSON.parse(answer.body)).toMatchObject({
      dclogin_url: expect.stringMatching(/^dclogin:/),
    });
  });

  describe.sequential('deployed alone', () => {
    let folder: string;
    const websiteOnly = async (config: string): Promise<Report> =>
      JSON.parse(await cmdeploy(['run', '--website-only', '--json', '--config', config])) as Report;

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'cmdeploy-website-'));
      mkdirSync(join(folder, 'www', 'club'), { recursive: true });
      writeFileSync(join(folder, 'www', 'index.html'), '<!doctype html><title>mine</title>');
      writeFileSync(join(folder, 'www', 'club', 'index.html'), 'the club');
      const ini = readFileSync(relay.config, 'utf8');
      writeFileSync(join(folder, 'chatmail.ini'), `${ini}\nwww_folder = www\n`);
    });

    afterAll(() => rmSync(folder, { recursive: true }));

    test.sequential("the operator's pages take the place of ours; what is no more goes; the rest of the relay stays", async () => {
      await onHost(relay, 'touch', '/var/www/chatmail/left-behind.html');
      const { steps, generation } = await websiteOnly(join(folder, 'chatmail.ini'));
      const elsewhere = steps.filter(
        ({ path, unit = 'nginx.service' }) =>
          unit !== 'nginx.service' || (path && !/^\/(var\/www\/chatmail|etc\/nginx)\//.test(path)),
      );
      expect(elsewhere).toEqual([]);
      const removed = steps.filter(({ kind }) => kind === 'remove').map(({ path }) => path);
      expect(removed).toEqual(['/var/www/chatmail/left-behind.html']);

      // Going back to this generation must bring the whole relay, with these pages.
      const kept = `zcat /var/lib/cmdeploy/generations/${generation}/state.json.gz`;
      const paths = await shellOnHost(relay, `${kept} | grep -o '"path":"[^"]*"'`);
      expect(paths).toContain('/etc/postfix/main.cf');
      expect(paths).toContain('/var/www/chatmail/club/index.html');

      expect((await get('/', 'fa')).body).toContain('<title>mine</title>');
      expect((await get('/')).headers['content-security-policy']).toContain("default-src 'self';");
      expect((await get('/club/')).body).toBe('the club');
      expect(languageOf(await get('/de/', 'en'))).toBe('de');
      expect((await websiteOnly(join(folder, 'chatmail.ini'))).changed).toBe(false);
    });

    test.sequential('the operator chooses the languages, and the first for who reads none of them', async () => {
      const path = join(folder, 'languages.ini');
      writeFileSync(path, `${readFileSync(relay.config, 'utf8')}\nlanguages = de, fa\n`);
      await websiteOnly(path);
      const wanted = [
        ['', 'de'],
        ['en', 'de'],
        ['fr,en;q=0.5', 'de'],
        ['en,fa;q=0.3', 'fa'],
      ] as const;
      for (const [header, language] of wanted) {
        const answer = await get('/', header);
        expect([header, languageOf(answer)]).toEqual([header, language]);
        expect(answer.headers['content-language']).toBe(language);
        expect(answer.body).not.toContain('hreflang="en"');
      }
      expect((await get('/en/', 'en')).status).toBe(404);
      expect(languageOf(await get('/en/', 'en'))).toBe('de');
      expect(languageOf(await get('/fa/', 'en'))).toBe('fa');
    });

    test.sequential('our pages come back when chatmail.ini wants them again', async () => {
      await websiteOnly(relay.config);
      expect(languageOf(await get('/', 'en'))).toBe('en');
      expect(languageOf(await get('/ru/', 'en'))).toBe('ru');
      expect((await get('/club/')).status).toBe(404);
    });
  });
});
