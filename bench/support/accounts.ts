import type { Login } from '../../test/support/delivery.ts';
import { newCredentials } from '../../test/support/deltachat.ts';
import type { SmtpTarget } from '../../test/support/smtp.ts';
import { ImapConnection } from './imap-connection.ts';

/** Accounts made one after the other by each of `parallel` clients, at their first IMAP login. */
export const makeAccounts = async (
  relay: SmtpTarget,
  count: number,
  parallel: number,
): Promise<Login[]> => {
  const waiting = Array.from({ length: count }, () => newCredentials(relay.domain));
  const logins = [...waiting];
  const client = async () => {
    for (let login = waiting.pop(); login !== undefined; login = waiting.pop()) {
      const connection = await ImapConnection.connect(relay);
      await connection.login(login);
      await connection.logout();
    }
  };
  await Promise.all(Array.from({ length: parallel }, client));
  return logins;
};

/** A connection in IDLE on the INBOX. */
export const idling = async (relay: SmtpTarget, login: Login): Promise<ImapConnection> => {
  const connection = await ImapConnection.connect(relay);
  await connection.login(login);
  await connection.command('SELECT INBOX');
  await connection.idle();
  return connection;
};
