/** The invitation to a relay, as a link and as the content of a QR code. */
import { domainInUrl } from '../config/domain.ts';
import type { Config } from '../config/schema.ts';

/** Opens the client, which fetches a new account from `/new`. */
export const inviteLink = (config: Config): string =>
  `dcaccount:https://${domainInUrl(config.mail_domain)}/new`;

/** The same as it stands in QR codes: clients know them by the upper case scheme. */
export const inviteCode = (config: Config): string =>
  `DCACCOUNT:https://${domainInUrl(config.mail_domain)}/new`;
