import type { LabHost } from '../../test/support/cmdeploy.ts';
import { scriptOnHost } from './lab.ts';

/**
 * Takes the filter and DKIM out of a deployed relay: what is left is Debian's Postfix, which logs
 * users in, checks that they write as themselves and hands over to Debian's Dovecot by LMTP. TLS,
 * SASL, the account lookup in Lua and the header cleanup stay.
 */
export const removeMilters = async (host: LabHost): Promise<void> => {
  await scriptOnHost(
    host,
    `postconf -P submissions/inet/smtpd_milters= submission/inet/smtpd_milters=
postconf -e smtpd_milters= non_smtpd_milters=
postfix reload
systemctl stop opendkim.service chatmail-filter-incoming.socket chatmail-filter-outgoing.socket chatmail-filter.service`,
  );
};
