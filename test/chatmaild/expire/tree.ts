/** A mail store in a temporary folder, with messages of chosen ages and sizes. */
import { mkdirSync, mkdtempSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Folder, openFolder } from '../../../src/chatmaild/expire/folder.ts';
import { createReport } from '../../../src/chatmaild/expire/report.ts';
import { DAY_MS, rulesOf } from '../../../src/chatmaild/expire/rules.ts';
import { expireStore, type StoreContext } from '../../../src/chatmaild/expire/store.ts';

export const DOMAIN = '_a.test';
export const NOW = Date.UTC(2026, 10, 22);
export const RULES = rulesOf({
  delete_mails_after: 20,
  delete_large_after: 7,
  delete_inactive_users_after: 90,
  max_mailbox_size: 1_000_000,
});

export class Tree {
  readonly root = join(mkdtempSync(join(tmpdir(), 'expire-')), DOMAIN);
  readonly listed: string[] = [];

  constructor() {
    mkdirSync(this.root);
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  /** A file of so many days and bytes; its folders are made. */
  file(name: string, days: number, bytes = 1000): void {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
    truncateSync(path, bytes);
    this.age(name, days);
  }

  age(name: string, days: number): void {
    const seconds = (NOW - days * DAY_MS) / 1000;
    utimesSync(this.path(name), seconds, seconds);
  }

  /** An address whose last login is so many days ago. */
  account(local: string, days = 0): string {
    const address = `${local}@${DOMAIN}`;
    this.file(`${address}/password`, days, 100);
    return address;
  }

  folder(): Folder {
    const folder = openFolder(this.root);
    if (!folder) throw new Error('no folder');
    return folder;
  }

  /** One pass; `listed` holds what it removed. */
  expire(
    changes: Partial<StoreContext> = {},
    folder = this.folder(),
  ): { failures: number; summary: string } {
    const report = createReport((line) => this.listed.push(line));
    expireStore(folder, {
      domain: DOMAIN,
      rules: RULES,
      now: NOW,
      dryRun: false,
      connected: new Set(),
      report,
      ...changes,
    });
    folder.close();
    return { failures: report.failures(), summary: report.summary() };
  }
}
