/** One probe from its beginning to its end; what it made is gone then. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Credentials } from '../accounts/credentials.ts';
import { ProbeAccounts } from './accounts.ts';
import type { ProbeArguments } from './arguments.ts';
import { readCertificate, trusting } from './certificate.ts';
import { tryMail } from './mail.ts';
import { Network } from './network.ts';
import { tryPorts } from './ports.ts';
import type { ProbeReport } from './report.ts';
import { Steps } from './steps.ts';

/** For everything but the clearing away. */
const BOUND_MS = 16_000;

/** What the mail's steps need; `new` does without it when the web server is down. */
const NEEDED = ['port-143', 'port-465', 'port-587', 'port-993'];

/** @param stopped resolves with a reason when the probe is to end early */
export const probe = async (
  options: ProbeArguments,
  stopped: Promise<Error>,
  locate?: (port: number) => number,
): Promise<ProbeReport> => {
  const started = performance.now();
  const notes: string[] = [];
  const note = (text: string): void => {
    if (!notes.includes(text)) notes.push(text);
  };
  let used: readonly Credentials[] = [];
  const steps = new Steps(options.patienceMs, (text) => redact(text, used));
  const { mailDomain } = options;
  const context = await trusting(await readCertificate(options.certificate), options.roots);
  const network = new Network({ mailDomain, context, ...(locate && { locate }) });
  void stopped.then((why) => network.end(why));
  const bound = setTimeout(() => network.end(new Error('the probe takes too long')), BOUND_MS);
  const accounts = new ProbeAccounts(options);
  const leftovers = accounts
    .removeLeftovers()
    .catch((error: unknown) => note(`accounts of former probes: ${String(error)}`));
  const bad = await tryPorts({ ...options, network, steps, note });
  await leftovers;
  const using = (made: readonly Credentials[]): void => {
    used = made;
  };
  const deliveryMs = NEEDED.some((port) => bad.has(port))
    ? undefined
    : await tryMail(
        { ...options, network, steps, accounts, note, using, discard },
        !bad.has('port-443'),
      );
  clearTimeout(bound);
  if (deliveryMs !== undefined) await noteDelivery();
  const advice = `remove what is left of it in ${options.mailDir}`;
  await steps.run('removal', advice, () => accounts.remove(used)).catch(() => {});
  return {
    ok: steps.results.every(({ ok }) => ok),
    steps: steps.results,
    notes,
    ...(deliveryMs === undefined ? {} : { deliveryMs }),
    ms: Math.round(performance.now() - started),
  };
};

const redact = (text: string, accounts: readonly Credentials[]): string =>
  accounts.reduce(
    (left, { email, password }, index) =>
      left.replaceAll(email, `probe account ${index + 1}`).replaceAll(password, '(password)'),
    text,
  );

/** In the journal, so that whoever counts the mail of people can leave out that of probes. */
const noteDelivery = async (): Promise<void> => {
  const argv = ['-t', 'chatmail-probe', 'a message of a probe was delivered'];
  await promisify(execFile)('logger', argv, { timeout: 1000 }).catch(() => {});
};

/** Fails when the message has left the queue by itself. */
const discard = async (queueId: string): Promise<void> => {
  await promisify(execFile)('postsuper', ['-d', queueId], { timeout: 3000 }).catch(() => {});
};
