import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { OwnPagesError, readOwnPages } from '../../src/website/own-pages.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cmdeploy-own-pages-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (path: string, content = 'x'): void => {
  mkdirSync(dirname(join(folder, 'www', path)), { recursive: true });
  writeFileSync(join(folder, 'www', path), content);
};

const read = (name: string | undefined = 'www'): string[] =>
  readOwnPages(
    configSchema.parse({ mail_domain: 'chat.example.org', www_folder: name }),
    join(folder, 'chatmail.ini'),
  ).map(({ path, content }) => `${path} ${Buffer.from(content).toString()}`);

describe('readOwnPages', () => {
  it('takes files as they are, beside chatmail.ini, folders and .well-known too', () => {
    put('index.html', '{{x}} <b>');
    put('a/b c.html');
    put('.well-known/security.txt');
    expect(read()).toEqual([
      '/.well-known/security.txt x',
      '/a/b c.html x',
      '/index.html {{x}} <b>',
    ]);
  });

  it('leaves hidden files out', () => {
    put('.git/config');
    put('a/.DS_Store');
    put('a/.well-known/x');
    expect(read()).toEqual([]);
  });

  it('is nothing without www_folder', () => expect(read('')).toEqual([]));

  it('says that the folder is missing', () => {
    expect(() => read('elsewhere')).toThrow(OwnPagesError);
    expect(() => read('elsewhere')).toThrow(`${folder}/elsewhere: it does not exist`);
  });

  it('refuses links, which could lead anywhere', () => {
    put('index.html');
    symlinkSync('/etc/passwd', join(folder, 'www', 'x.html'));
    expect(() => read()).toThrow('/x.html is neither a file nor a folder');
  });

  it('refuses names that a line of text cannot hold', () => {
    put('a\nb.html');
    expect(() => read()).toThrow('control characters');
  });

  it('refuses what clients rely on', () => {
    put('.well-known/mta-sts.txt');
    expect(() => read()).toThrow("/.well-known/mta-sts.txt is the relay's own");
  });

  it('refuses more than a deploy should carry', () => {
    put('film.webm');
    truncateSync(join(folder, 'www', 'film.webm'), 11 * 1024 * 1024);
    expect(() => read()).toThrow('holds 11 MB; at most 10 are published');
  });
});
