import type { LabHost } from '../../test/support/cmdeploy.ts';
import { deliver, type Login, openSubmission } from '../../test/support/delivery.ts';
import type { Built } from '../../test/support/messages.ts';
import type { SmtpSession } from '../../test/support/smtp.ts';
import { makeAccounts } from './accounts.ts';
import { lastDelivery } from './maildir.ts';
import { chatMessages } from './messages.ts';

export interface Throughput {
  /** Until the last sender has its last 250. */
  readonly acceptedPerSecond: number;
  /** Until the last message is in its mailbox on disk. */
  readonly deliveredPerSecond: number;
}

interface Sender {
  readonly session: SmtpSession;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly messages: readonly Built[];
}

/** Each sender writes to a mailbox of its own, one message after the other, as fast as it may. */
export const throughput = async (
  relay: LabHost,
  senders: number,
  messagesEach: number,
): Promise<Throughput> => {
  const from = await makeAccounts(relay, senders, senders);
  const to = await makeAccounts(relay, senders, senders);
  const ready = await Promise.all(
    from.map((login, index) => makeSender(relay, login, to[index] ?? login, messagesEach)),
  );
  const started = Date.now();
  try {
    await Promise.all(ready.map(sendAll));
  } finally {
    for (const { session } of ready) session.abort();
  }
  const acceptedMs = Date.now() - started;
  const total = senders * messagesEach;
  const addresses = to.map(({ address }) => address);
  const deliveredMs = (await lastDelivery(relay, addresses, total)) - started;
  return {
    acceptedPerSecond: (total / acceptedMs) * 1000,
    deliveredPerSecond: (total / deliveredMs) * 1000,
  };
};

const makeSender = async (
  relay: LabHost,
  from: Login,
  to: Login,
  count: number,
): Promise<Sender> => ({
  session: await openSubmission(relay, from),
  envelope: { from: from.address, to: [to.address] },
  messages: await chatMessages({ from: from.address, to: to.address }, count),
});

const sendAll = async ({ session, envelope, messages }: Sender): Promise<void> => {
  for (const { source } of messages) {
    const { code, text } = await deliver(session, envelope, source);
    if (code !== 250) throw new Error(`not accepted: ${code} ${text}`);
  }
};
