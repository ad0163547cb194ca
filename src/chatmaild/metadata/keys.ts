/**
 * The METADATA entries (RFC 5464) that clients ask for, as Dovecot's imap_metadata names them in its
 * dict. `/shared/admin` is not among them: Dovecot answers it from its own configuration.
 */

/** `/private/devicetoken` of a mailbox; Dovecot puts the mailbox's GUID into the key. */
const DEVICE_TOKEN = /^priv\/[0-9a-f]{1,64}\/devicetoken$/;
/** `/shared/vendor/deltachat/NAME` of the server. */
const SERVER_ENTRY =
  /^shared\/[0-9a-f]{1,64}\/vendor\/vendor\.dovecot\/pvt\/server\/vendor\/deltachat\/([a-z]+)$/;

export const isDeviceToken = (key: string): boolean => DEVICE_TOKEN.test(key);

/** NAME of a key `/shared/vendor/deltachat/NAME`, undefined for any other key. */
export const serverEntryName = (key: string): string | undefined => SERVER_ENTRY.exec(key)?.[1];

/** Gives the value of a server entry at the time of a request; undefined when it has none. */
export type ServerEntry = () => string | undefined | Promise<string | undefined>;

/** Recipients of one message: Postfix's smtpd_recipient_limit. */
const MAX_RECIPIENTS = '1000';

/** Every server entry by its name. */
export const serverEntries = (
  entries: Record<'irohrelay' | 'turn' | 'appversions', ServerEntry>,
): ReadonlyMap<string, ServerEntry> =>
  new Map<string, ServerEntry>([
    ...Object.entries(entries),
    ['maxsmtprecipients', () => MAX_RECIPIENTS],
  ]);
