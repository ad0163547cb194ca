import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appendKnownHost, readKnownHosts } from '../../src/host/known-hosts-file.ts';

const KEY = Buffer.from('0000000b7373682d65643235353139000000020102', 'hex');

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cmdeploy-known-'));
});
afterEach(() => rmSync(home, { recursive: true }));

test('folder and file are made for their owner only', async () => {
  const path = join(home, '.ssh', 'known_hosts');
  await appendKnownHost(path, 'chat.example', KEY);
  expect(statSync(join(home, '.ssh')).mode & 0o777).toBe(0o700);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8')).toBe(`chat.example ssh-ed25519 ${KEY.toString('base64')}\n`);
});

test('a last line without newline is not damaged', async () => {
  const path = join(home, 'known_hosts');
  writeFileSync(path, 'a.example ssh-ed25519 AAAA');
  await appendKnownHost(path, '[b.example]:2222', KEY);
  const lines = await readKnownHosts([join(home, 'missing'), path]);
  expect(lines.map(({ line, hosts }) => [line, hosts])).toEqual([
    [1, 'a.example'],
    [2, '[b.example]:2222'],
  ]);
});
