import type { NetworkNeeds } from '../engine/preflight/network.ts';

/** Port on which other servers take mail (RFC 5321 section 4.5.4.2). */
const SMTP_PORT = 25;

/** Servers of three large providers that take mail for millions: that all are down means it is us. */
const MAIL_SERVERS: readonly string[] = [
  'gmail-smtp-in.l.google.com',
  'outlook-com.olc.protection.outlook.com',
  'mx00.emig.gmx.net',
];

const MEANWHILE =
  'until then mail reaches relays that take it over HTTPS; mail to other servers waits in the queue';

/** What a relay needs of the network: its domain leads to it, and it can send mail. */
export const relayNetwork = (domain: string): NetworkNeeds => ({
  names: [domain],
  outbound: {
    port: SMTP_PORT,
    hosts: MAIL_SERVERS,
    fix: {
      filtered: `ask the hoster to open it, most do when asked; ${MEANWHILE}`,
      refused: `see the firewall of the host (nft list ruleset), else ask the hoster to open it; ${MEANWHILE}`,
    },
  },
});
