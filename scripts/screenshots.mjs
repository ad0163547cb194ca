/**
 * Pictures of the web pages for docs/screenshots/, made with Debian's chromium:
 *
 *     apt install chromium fonts-noto-core fonts-noto-cjk pngquant
 *     npm install --no-save playwright-core
 *     node scripts/screenshots.mjs [FOLDER]
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = process.argv[2] ?? join(ROOT, 'docs', 'screenshots');
const INI = `[params]
mail_domain = chat.example.org
donation_url = https://example.org/donate
privacy_mail = privacy@example.org
privacy_postal = Example Association
  1 Example Street
  12345 Example Town
`;

const DESKTOP = { width: 1100, height: 900 };
const PHONE = { width: 390, height: 844 };

/** name, path, size, colours */
const SHOTS = [
  ['desktop-en-light', '/en/', DESKTOP, 'light'],
  ['desktop-fa-dark', '/fa/', DESKTOP, 'dark'],
  ['phone-en-dark', '/en/', PHONE, 'dark'],
  ['phone-fa-light', '/fa/', PHONE, 'light'],
];

/** Starts `cmdeploy webdev`; gives its address and what ends it. */
async function servePages() {
  const folder = mkdtempSync(join(tmpdir(), 'cmdeploy-screenshots-'));
  const config = join(folder, 'chatmail.ini');
  writeFileSync(config, INI);
  const args = [join(ROOT, 'bin', 'cmdeploy.js'), 'webdev', '--config', config, '--port', '0'];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await createInterface({ input: server.stdout })
    [Symbol.asyncIterator]()
    .next()
    .then(({ value = '' }) => value.split(' '));
  const stop = () => {
    server.kill();
    rmSync(folder, { recursive: true });
  };
  return { url: line, stop };
}

const { url, stop } = await servePages();
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
mkdirSync(FOLDER, { recursive: true });
try {
  for (const [name, path, viewport, colorScheme] of SHOTS) {
    const page = await browser.newPage({ viewport, colorScheme });
    page.on('console', (message) => console.log(`${name}: ${message.text()}`));
    await page.goto(new URL(path, url).href, { waitUntil: 'load' });
    const file = join(FOLDER, `${name}.png`);
    await page.screenshot({ path: file, fullPage: true });
    spawnSync('pngquant', ['--force', '--ext', '.png', '32', file], { stdio: 'inherit' });
    await page.close();
  }
} finally {
  await browser.close();
  stop();
}
