import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { relayBlueprint } from '../../src/relay/blueprint.ts';
import { renderTemplate } from '../../src/relay/render.ts';
import { recheckDomain, takeoverPart } from '../../src/relay/takeover.ts';

const config = configSchema.parse({ mail_domain: 'new.example' });

it('leaves out what the operator allows', () => {
  const names = (allowed: Parameters<typeof takeoverPart>[1]): string[] =>
    (takeoverPart(config, allowed).preconditions ?? []).map(({ name }) => name);
  expect(names({})).toEqual(['other-domain', 'foreign-configuration', 'rival-servers']);
  expect(names({ changeDomain: true })).toEqual(['foreign-configuration', 'rival-servers']);
  expect(names({ replaceConfiguration: true })).toEqual(['other-domain', 'rival-servers']);
});

it('asks again whether the domain of what was deployed before fits', () => {
  const names = (allowed: Parameters<typeof takeoverPart>[1], then = allowed): string[] =>
    recheckDomain(relayBlueprint(config, '1.2.3', [], then), allowed)
      .parts({ debian: 12 })
      .flatMap(({ preconditions = [] }) => preconditions.map(({ name }) => name));
  expect(names({}).filter((name) => name === 'other-domain')).toHaveLength(1);
  expect(names({}, { changeDomain: true })).toEqual(names({}));
  expect(names({ changeDomain: true }, {})).not.toContain('other-domain');
});

describe('other-domain.sh', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cmdeploy-test-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const account = (domain: string, user: string): void => {
    mkdirSync(join(root, 'mail', domain, `${user}@${domain}`), { recursive: true });
  };
  const deployedAs = (domain: string): void =>
    writeFileSync(join(root, 'ini'), `[params]\nmail_domain = ${domain}\n`);
  const complaints = (domain: string, folder = domain): string => {
    const script = renderTemplate('takeover/other-domain.sh', {});
    const words = [join(root, 'ini'), join(root, 'mail'), domain, folder];

    return execFileSync('sh', ['-c', script, 'sh', ...words], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).replaceAll(root, '');
  };

  it('lets everything pass on a host without accounts', () => {
    expect(complaints('new.example')).toBe('');
    deployedAs('old.example');
    expect(complaints('new.example')).toBe('');
    mkdirSync(join(root, 'mail', 'old.example'), { recursive: true });
    expect(complaints('new.example')).toBe('');
  });

  it('counts the accounts of other domains when the domain changes', () => {
    deployedAs('old.example');
    account('old.example', 'a');
    account('old.example', 'b');
    expect(complaints('old.example')).toBe('');
    expect(complaints('new.example')).toBe(
      '/mail/old.example holds accounts (2), but mail_domain is new.example now: they could neither log in nor get mail\n',
    );
  });

  it('does not come back to a change that was made', () => {
    account('old.example', 'a');
    deployedAs('new.example');
    expect(complaints('new.example')).toBe('');
  });

  it('knows a relay that something else deployed by its accounts', () => {
    account('old.example', 'a');
    expect(complaints('new.example')).toContain('/mail/old.example holds accounts (1)');
    account('new.example', 'a');
    expect(complaints('new.example')).toBe('');
    expect(complaints('192.0.2.1', '[192.0.2.1]')).toContain('/mail/new.example');
    account('[192.0.2.1]', 'a');
    expect(complaints('192.0.2.1', '[192.0.2.1]')).toBe('');
  });
});
