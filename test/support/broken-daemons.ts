/** Configurations that pass every check before a deploy, with which a daemon does not start or not do its job. */
import type { Blueprint } from '../../src/engine/examine.ts';
import type { ManagedFile } from '../../src/engine/state.ts';
import { ACCOUNTS_AUTH_ADDRESS } from '../../src/relay/paths.ts';

type Change = (content: string) => string;

export interface Breakage {
  readonly what: string;
  readonly path: string;
  readonly change: Change;
}

const added =
  (text: string): Change =>
  (content) =>
    `${content}\n${text}\n`;
const instead =
  (text: string): Change =>
  () =>
    `${text}\n`;
const replaced =
  (pattern: RegExp, text: string): Change =>
  (content) =>
    content.replace(pattern, text);

/** An address of nobody (RFC 5737), so not of the host either. */
const NOBODY = '192.0.2.1';

export const BREAKAGES: readonly Breakage[] = [
  {
    what: 'a Postfix that cannot listen',
    path: '/etc/postfix/main.cf',
    change: replaced(/^inet_interfaces = .*$/m, `inet_interfaces = ${NOBODY}`),
  },
  {
    what: 'a Postfix that looks for its filter in the wrong place',
    path: '/etc/postfix/master.cf',
    change: replaced(/smtpd_milters=.*$/gm, 'smtpd_milters=unix:/run/nobody'),
  },
  {
    what: 'a Dovecot that does not listen',
    path: '/etc/dovecot/dovecot.conf',
    change: added('service imap-login {\n  inet_listener imaps {\n    port = 0\n  }\n}'),
  },
  {
    what: 'a Dovecot that keeps its configuration of before when it reloads',
    path: '/etc/dovecot/dovecot.conf',
    change: added('service imap {\n  executable = /nowhere/imap\n}'),
  },
  {
    what: 'an OpenDKIM that Postfix cannot reach',
    path: '/etc/opendkim.conf',
    change: replaced(/^UMask .*$/m, 'UMask 0777'),
  },
  {
    what: 'an nginx without the accounts service',
    path: '/etc/nginx/nginx.conf',
    change: replaced(/server unix:.*;/, 'server unix:/run/nobody;'),
  },
  {
    what: 'an nginx that keeps its configuration of before when it reloads',
    path: '/etc/nginx/nginx.conf',
    change: replaced(
      /^\s*listen 80;$/m,
      `$&\n listen ${ACCOUNTS_AUTH_ADDRESS.host}:${ACCOUNTS_AUTH_ADDRESS.port};`,
    ),
  },
  {
    what: 'an unbound that cannot listen',
    path: '/etc/unbound/unbound.conf.d/chatmail.conf',
    change: replaced(/interface: 127\.0\.0\.1/, `interface: ${NOBODY}`),
  },
  {
    what: 'a filter that ends at once',
    path: '/usr/local/lib/chatmaild/filter.cjs',
    change: instead('throw new Error("broken")'),
  },
  {
    what: 'an accounts service that answers nobody',
    path: '/usr/local/lib/chatmaild/accounts.cjs',
    change: instead('setInterval(() => {}, 1000)'),
  },
];

/** The blueprint with one file of it changed. */
export const withBroken = (blueprint: Blueprint, { path, change }: Breakage): Blueprint =>
  withFile(blueprint, path, (file) => ({
    ...file,
    content: change(Buffer.from(file.content).toString('utf8')),
  }));

const withFile = (
  blueprint: Blueprint,
  path: string,
  change: (file: ManagedFile) => ManagedFile,
): Blueprint => ({
  ...blueprint,
  parts: (platform) =>
    blueprint.parts(platform).map((part) => ({
      ...part,
      files: (part.files ?? []).map((file) => (file.path === path ? change(file) : file)),
    })),
});
