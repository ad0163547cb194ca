/**
 * Who has an IMAP connection. One that stays open for weeks, as a phone's in IDLE does, is one login
 * for Dovecot, so connections are asked for separately.
 */

/**
 * Reads the columns `username` and `proto` (Dovecot 2.3) or `service` (2.4) of `doveadm -f tab who`.
 * Undefined without their heading: Dovecot did not answer.
 */
export const parseConnected = (output: string): ReadonlySet<string> | undefined => {
  const [heading, ...rows] = output.split('\n').map((line) => line.split('\t'));
  if (heading?.[0] !== 'username') return undefined;
  return new Set(rows.flatMap(([user, service]) => (user && isImap(service) ? [user] : [])));
};

/** Deliveries are listed too; `imap-hibernate` holds connections in IDLE. */
const isImap = (service: string | undefined): boolean => service?.startsWith('imap') ?? false;
