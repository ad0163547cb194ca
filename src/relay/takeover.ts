import { domainInAddress } from '../config/domain.ts';
import type { Config } from '../config/schema.ts';
import type { Blueprint } from '../engine/examine.ts';
import type { Part, Precondition } from '../engine/state.ts';
import { quote } from '../host/quote.ts';
import { mailDomainOf } from './mail-domain.ts';
import { CHATMAIL_INI, MAIL_DIR } from './paths.ts';
import { renderTemplate } from './render.ts';

/** What the operator allows beyond a plain deploy. */
export interface Permissions {
  /** Other people's configuration of mail and web servers may be replaced. */
  readonly replaceConfiguration?: boolean;
  /** The relay may get another domain although it has accounts. */
  readonly changeDomain?: boolean;
}

/** Nothing to make: what must not be on a host when it becomes a relay, or another one. */
export const takeoverPart = (config: Config, allowed: Permissions): Part => ({
  name: 'takeover',
  preconditions: [
    ...(allowed.changeDomain ? [] : [otherDomain(config.mail_domain)]),
    ...(allowed.replaceConfiguration ? [] : [foreignConfiguration]),
    rivalServers,
  ],
});

const OTHER_DOMAIN = 'other-domain';

/** For what was deployed before: whether its domain fits the accounts is asked again, not as it was then. */
export const recheckDomain = (blueprint: Blueprint, allowed: Permissions): Blueprint => {
  const domain = mailDomainOf(blueprint);
  const again = allowed.changeDomain || domain === undefined ? [] : [otherDomain(domain)];
  return {
    ...blueprint,
    parts: (platform) => [
      { name: 'takeover', preconditions: again },
      ...blueprint.parts(platform).map((part) => ({
        ...part,
        preconditions: (part.preconditions ?? []).filter(({ name }) => name !== OTHER_DOMAIN),
      })),
    ],
  };
};

const foreignConfiguration: Precondition = {
  name: 'foreign-configuration',
  script: renderTemplate('takeover/foreign-configuration.sh', {}),
  fix: 'if nobody needs it any more, purge its package or allow it: --replace-configuration; otherwise use another host',
  firstDeploy: true,
};

const otherDomain = (domain: string): Precondition => {
  const words = ['set', '--', CHATMAIL_INI, MAIL_DIR, domain, domainInAddress(domain)] as const;
  return {
    name: OTHER_DOMAIN,
    script: `${quote(words)}\n${renderTemplate('takeover/other-domain.sh', {})}`,
    fix: 'put the former mail_domain back, or allow it: --change-domain (the accounts stay on the disk and work again when the domain comes back)',
  };
};

/** Other servers for mail and web; the relay's own ports they cannot share. */
const RIVALS = [
  'apache2',
  'caddy',
  'courier-imap',
  'courier-mta',
  'cyrus-imapd',
  'haproxy',
  'lighttpd',
  'opensmtpd',
  'sendmail',
  'stalwart-mail',
  'traefik',
];

const rivalServers: Precondition = {
  name: 'rival-servers',
  script: [
    quote(['set', '--', ...RIVALS.map((name) => `${name}.service`)]),
    renderTemplate('takeover/rival-servers.sh', {}),
  ].join('\n'),
  fix: 'systemctl disable --now it, or remove its package',
  level: 'error-at-first',
};
