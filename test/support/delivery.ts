/** The usual ways to hand over mail: as a logged-in client, and as another mail server. */
import { type SmtpReply, SmtpSession, type SmtpTarget } from './smtp.ts';

export interface Login {
  readonly address: string;
  readonly password: string;
}

/** Opens a session on a submission port and logs in. Throws when the login is refused. */
export async function openSubmission(
  target: SmtpTarget,
  login: Login,
  port: 443 | 465 | 587 = 465,
): Promise<SmtpSession> {
  const session = await SmtpSession.connect(target, port);
  await session.ehlo();
  if (port === 587) {
    await session.startTls();
    await session.ehlo();
  }
  const { code } = await session.authPlain(login.address, login.password);
  if (code === 235) return session;
  session.abort();
  throw new Error(`SMTP: login as ${login.address} refused.\n${session.transcript()}`);
}

/** Opens a session as another mail server does: port 25, STARTTLS. */
export async function openServerSession(target: SmtpTarget): Promise<SmtpSession> {
  const session = await SmtpSession.connect(target, 25);
  await session.ehlo();
  await session.startTls();
  await session.ehlo();
  return session;
}

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** MAIL, RCPT for each, DATA: gives the first reply that refuses, or the last one. */
export async function deliver(
  session: SmtpSession,
  { from, to }: Envelope,
  message: string,
): Promise<SmtpReply> {
  for (const line of [`MAIL FROM:<${from}>`, ...to.map((address) => `RCPT TO:<${address}>`)]) {
    const reply = await session.command(line);
    if (reply.code !== 250) return reply;
  }
  return await session.data(message);
}
