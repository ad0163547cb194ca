import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchFolders } from '../../src/webdev/changes.ts';
import { type PreviewServer, startPreview } from '../../src/webdev/server.ts';
import type { Site } from '../../src/webdev/site.ts';

let server: PreviewServer;
let site: Site;

beforeEach(async () => {
  site = ({ path }) => ({
    status: 200,
    headers: { 'Content-Type': 'text/html', 'Content-Security-Policy': "default-src 'none'" },
    body: `<p>${path}</p>`,
  });
  server = await startPreview(0, () => site);
});
afterEach(() => server.close());

describe('startPreview', () => {
  it('serves pages on loopback, with the script that reloads them and the leave to run it', async () => {
    const answer = await fetch(new URL('/a%20b', server.url));
    expect(await answer.text()).toBe('<p>/a b</p><script src="/.webdev/reload.js"></script>\n');
    expect(answer.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; connect-src 'self'",
    );
    const script = await fetch(new URL('/.webdev/reload.js', server.url));
    expect(await script.text()).toContain('location.reload()');
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
  });

  it('shows what is wrong, and goes on', async () => {
    const good = site;
    site = () => {
      throw new Error('chatmail.ini:3: unknown <key>');
    };
    const answer = await fetch(server.url);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain('unknown &lt;key>');
    site = good;
    expect((await fetch(server.url)).status).toBe(200);
  });

  it('tells open pages of changes', async () => {
    const answer = await fetch(new URL('/.webdev/changes', server.url));
    const reader = answer.body?.getReader();
    server.reload();
    const chunk = await reader?.read();
    expect(Buffer.from(chunk?.value ?? '').toString()).toBe('data: changed\n\n');
    await reader?.cancel();
  });

  it('says that its port is taken', async () => {
    const port = Number(new URL(server.url).port);
    await expect(startPreview(port, () => site)).rejects.toThrow(
      'EADDRINUSE; choose another: --port',
    );
  });
});

describe('watchFolders', () => {
  it('tells of a change', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cmdeploy-webdev-'));
    let changes = 0;
    const stop = watchFolders([{ folder, recursive: true }], () => {
      changes += 1;
    });
    // The watch may begin after this call has returned: write until it is seen.
    await expect
      .poll(
        () => {
          writeFileSync(join(folder, 'a.html'), String(Math.random()));
          return changes;
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBeGreaterThan(0);
    stop();
    rmSync(folder, { recursive: true });
  });
});
