import type { Consent } from '../../engine/preview/consent.ts';
import { ask, type Conversation, PromptAbortedError, TERMINAL } from './prompt.ts';
import { sanitizeLine } from './sanitize.ts';

/** What there is to agree to, a sentence each; none: nothing. */
export const consentLines = ({ removed, stopped, disconnecting }: Consent): string[] => [
  ...(removed.length > 0 ? [`This removes ${listed(removed)}.`] : []),
  ...(stopped.length > 0 ? [`This stops ${listed(stopped)} for good.`] : []),
  ...(disconnecting.length > 0
    ? [`This restarts ${listed(disconnecting)}: people are disconnected for a moment.`]
    : []),
];

const listed = (names: readonly string[]): string => sanitizeLine(names.join(', '));

/** Asks whether to go on, if there is something to agree to. Only `yes` is a yes. */
export const askForConsent = async (
  consent: Consent,
  conversation: Conversation = TERMINAL,
): Promise<boolean> => {
  const lines = consentLines(consent);
  if (lines.length === 0) return true;
  for (const line of lines) conversation.output.write(`${line}\n`);
  try {
    const answer = await ask('Go on (yes/no)? ', {}, conversation);
    return answer.trim().toLowerCase() === 'yes';
  } catch (error) {
    if (error instanceof PromptAbortedError) return false;
    throw error;
  }
};
