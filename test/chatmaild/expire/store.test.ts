import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { createReport } from '../../../src/chatmaild/expire/report.ts';
import { expireMailbox } from '../../../src/chatmaild/expire/store.ts';
import { DOMAIN, NOW, RULES, Tree } from './tree.ts';

let tree: Tree;
beforeEach(() => {
  tree = new Tree();
});

const names = (...path: string[]): string[] => readdirSync(tree.path(...path)).sort();

describe('messages', () => {
  it('go when they are old, wherever they are', () => {
    const address = tree.account('a');
    for (const folder of ['new', 'cur', 'tmp', '.Sent/cur', '.Sent/new', '.DeltaChat/tmp']) {
      tree.file(`${address}/${folder}/old`, 21);
      tree.file(`${address}/${folder}/young`, 19);
    }
    expect(tree.expire().summary).toBe(
      '1 mailboxes; messages: 6 old, 0 large, 0 for room; inactive accounts: 0',
    );
    for (const folder of ['new', 'cur', 'tmp', '.Sent/cur', '.Sent/new', '.DeltaChat/tmp'])
      expect(names(address, folder)).toEqual(['young']);
  });

  it('go when they are large and were seen', () => {
    const address = tree.account('a');
    tree.file(`${address}/cur/large`, 8, 200_001);
    tree.file(`${address}/new/large`, 8, 200_001);
    tree.expire();
    expect(names(address, 'cur')).toEqual([]);
    expect(names(address, 'new')).toEqual(['large']);
  });

  it('are all that is removed of a mailbox', () => {
    const address = tree.account('a');
    const others = [
      'dovecot-uidlist',
      'metadata.json',
      'cur.old',
      '.Sent/maildirfolder',
      'x/cur/y',
    ];
    for (const other of others) tree.file(`${address}/${other}`, 400);
    tree.file(`${address}/cur/folder/inside`, 400);
    tree.age(`${address}/cur/folder`, 400);
    execFileSync('mkfifo', [tree.path(address, 'cur', 'pipe')]);
    tree.age(`${address}/cur/pipe`, 400);
    tree.expire();
    for (const other of [...others, 'cur/folder/inside', 'cur/pipe'])
      expect(existsSync(tree.path(address, other))).toBe(true);
  });

  it('with names that are no text go too', () => {
    const address = tree.account('a');
    tree.file(`${address}/cur/\n\u001b[31m`, 21);
    const bytes = Buffer.concat([
      Buffer.from(tree.path(address, 'cur/')),
      Buffer.from([0xff, 0xfe]),
    ]);
    writeFileSync(bytes, 'x');
    tree.age(`${address}/cur/\n\u001b[31m`, 21);
    renameSync(tree.path(address, `cur/\n\u001b[31m`), bytes);
    tree.file(`${address}/cur/\n\u001b[31m`, 21);
    tree.expire();
    expect(names(address, 'cur')).toEqual([]);
    expect(tree.listed.sort()).toEqual([
      `old\t${address}/cur/\\x0a\\x1b[31m`,
      `old\t${address}/cur/\\xff\\xfe`,
    ]);
  });
});

describe('a mailbox that is too full', () => {
  const fill = (address: string, days: readonly number[]) =>
    days.forEach((age, index) => {
      tree.file(`${address}/cur/m${String(index).padStart(2, '0')}`, age, 100_000);
    });

  it('loses its oldest messages down to 70%', () => {
    const address = tree.account('a');
    fill(address, [9, 5, 8, 7, 6, 4, 3, 2]);
    expect(tree.expire().summary).toContain(' 1 for room');
    expect(names(address, 'cur')).toEqual(['m01', 'm02', 'm03', 'm04', 'm05', 'm06', 'm07']);
  });

  it('keeps the messages of 24 hours', () => {
    const address = tree.account('a');
    fill(address, [2, 3, ...Array.from({ length: 9 }, () => 0.5)]);
    tree.expire();
    expect(names(address, 'cur')).toHaveLength(9);
  });

  it('loses no more than it must of messages of one age', () => {
    const address = tree.account('a');
    fill(
      address,
      Array.from({ length: 12 }, () => 5),
    );
    tree.expire();
    expect(names(address, 'cur')).toHaveLength(7);
  });

  it('counts all its folders, and what is old only once', () => {
    const address = tree.account('a');
    fill(address, [25, 25, 25, 5, 5, 5, 5]);
    tree.file(`${address}/.Sent/new/m`, 6, 350_000);
    expect(tree.expire({ dryRun: true }).summary).toContain('3 old, 0 large, 1 for room');
    expect(tree.listed.at(-1)).toBe(`quota\t${address}/.Sent/new/m`);
  });

  it('can be cleaned up alone', () => {
    const [full, other] = [tree.account('a', 100), tree.account('b')];
    for (const address of [full, other]) fill(address, [9, 5, 8, 7, 6, 4, 3, 2]);
    const context = { domain: DOMAIN, rules: RULES, now: NOW, dryRun: false, connected: undefined };
    const report = createReport(() => {});
    const folder = tree.folder();
    expireMailbox(folder, full, { ...context, report });
    folder.close();
    expect(names(full, 'cur')).toHaveLength(7);
    expect(names(other, 'cur')).toHaveLength(8);
  });
});

describe('accounts', () => {
  it('go whole when nobody has logged in', () => {
    const address = tree.account('gone', 90);
    tree.file(`${address}/cur/young`, 1);
    tree.file(`${address}/.Sent/cur/young`, 1);
    tree.file(`${address}/deep/er/and/deeper`, 1);
    tree.account('kept', 89);
    expect(tree.expire().summary).toContain('inactive accounts: 1');
    expect(names()).toEqual([`kept@${DOMAIN}`]);
  });

  it('stay while they are connected, which counts as a login', () => {
    const address = tree.account('idle', 200);
    const recent = tree.account('recent', 0.5);
    tree.expire({ connected: new Set([address, recent]) });
    expect(statSync(tree.path(address, 'password')).mtimeMs).toBe(NOW);
    expect(statSync(tree.path(recent, 'password')).mtimeMs).toBeLessThan(NOW);
  });

  it('stay when it is not known who is connected; their messages go', () => {
    const address = tree.account('a', 200);
    tree.file(`${address}/cur/old`, 21);
    expect(tree.expire({ connected: undefined }).summary).toContain('inactive accounts: 0');
    expect(names(address)).toEqual(['cur', 'password']);
    expect(names(address, 'cur')).toEqual([]);
  });

  it('come back when someone logs in just then', () => {
    const address = tree.account('a', 200);
    const folder = tree.folder();
    const rename = folder.rename;
    // The first rename is the account's on its way out: a login comes between it and the removal.
    const folders = Object.assign(folder, {
      rename(from: string, to: string) {
        rename(from, to);
        if (from === address) tree.age(`${to}/password`, 0);
      },
    });
    expect(tree.expire({}, folders).summary).toContain('inactive accounts: 0');
    expect(names()).toEqual([address]);
  });

  it('without a password are as old as their folder', () => {
    mkdirSync(tree.path(`a@${DOMAIN}`));
    tree.age(`a@${DOMAIN}`, 91);
    mkdirSync(tree.path(`b@${DOMAIN}`));
    tree.age(`b@${DOMAIN}`, 89);
    tree.expire();
    expect(names()).toEqual([`b@${DOMAIN}`]);
  });

  it('that a pass left half removed are removed', () => {
    tree.file('.removed-0123/cur/young', 1);
    tree.file(`.removed-0123@${DOMAIN}x/cur/old`, 400);
    tree.file('.new-0123/password', 400);
    tree.expire();
    expect(names()).toEqual(['.new-0123', `.removed-0123@${DOMAIN}x`]);
  });
});

describe('what is not a mailbox', () => {
  it('stays as it is', () => {
    const foreign = ['b@other.test', 'a', `A@${DOMAIN}`, `a@${DOMAIN}.bak`, 'lost+found', 'a@b@c'];
    for (const name of foreign) {
      tree.file(`${name}/password`, 400);
      tree.file(`${name}/cur/old`, 400);
    }
    tree.file(`file@${DOMAIN}`, 400);
    expect(tree.expire().summary).toContain('0 mailboxes; messages: 0 old');
    expect(tree.listed).toEqual([]);
  });

  it('is not reached through links', () => {
    tree.file('outside/cur/old', 400);
    tree.file('outside/password', 400);
    tree.file('outside/file', 400);
    symlinkSync('outside', tree.path(`link@${DOMAIN}`));
    const address = tree.account('a');
    symlinkSync('../outside/cur', tree.path(address, 'cur'));
    symlinkSync('../outside', tree.path(address, '.Sent'));
    mkdirSync(tree.path(address, 'new'));
    symlinkSync('../../outside/file', tree.path(address, 'new', 'message'));
    const gone = tree.account('gone', 100);
    symlinkSync('../outside', tree.path(gone, 'cur'));
    linkSync(tree.path('outside', 'file'), tree.path(gone, 'hard'));
    const linked = `linked@${DOMAIN}`;
    mkdirSync(tree.path(linked));
    symlinkSync('../outside/password', tree.path(linked, 'password'));
    expect(tree.expire().failures).toBe(0);
    expect(tree.listed).toEqual([`inactive\t${gone}`]);
    expect(names('outside')).toEqual(['cur', 'file', 'password']);
    expect(names('outside', 'cur')).toEqual(['old']);
    expect(existsSync(tree.path(linked))).toBe(true);
  });
});

describe('a pass', () => {
  it('lists and removes nothing in a dry run', () => {
    const address = tree.account('a');
    tree.file(`${address}/cur/old`, 21);
    const gone = tree.account('gone', 91);
    tree.file('.removed-0123/x', 1);
    tree.expire({ dryRun: true });
    expect(tree.listed.sort()).toEqual([`inactive\t${gone}`, `old\t${address}/cur/old`]);
    expect(names()).toEqual(['.removed-0123', address, gone]);
    expect(names(address, 'cur')).toEqual(['old']);
  });

  it('goes on after what it may not touch, and says so', () => {
    const [a, b] = [tree.account('a'), tree.account('b')];
    for (const address of [a, b]) tree.file(`${address}/cur/old`, 21);
    const folder = tree.folder();
    const open = folder.open;
    const refusing = Object.assign(folder, {
      open(name: string) {
        if (name === a) throw Object.assign(new Error('refused'), { code: 'EACCES' });
        return open(name);
      },
    });
    expect(tree.expire({}, refusing).summary).toMatch(/1 old.*; 1 failures: EACCES$/);
    expect(names(b, 'cur')).toEqual([]);
  });

  it('copes with many messages', () => {
    const address = tree.account('a');
    mkdirSync(tree.path(address, 'cur'), { recursive: true });
    const now = NOW / 1000;
    for (let index = 0; index < 5000; index += 1)
      writeFileSync(tree.path(address, 'cur', `${now - 30 * 86_400}.M${index}P1.h`), '');
    expect(tree.expire().summary).toContain('5000 old');
    expect(names(address, 'cur')).toEqual([]);
  });

  it('leaves no file open', () => {
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    const address = tree.account('a');
    tree.file(`${address}/.Sent/cur/old`, 21);
    tree.file(`${tree.account('gone', 91)}/cur/x`, 1);
    tree.expire();
    expect(open()).toBe(before);
  });
});
