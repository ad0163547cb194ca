/** Credentials for the relay's TURN server, as clients find them in METADATA. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TURN_PORT } from '../../config/turn.ts';
import type { ServerEntry } from './keys.ts';

/** Delta Chat asks for new ones when fewer than 12 hours are left. */
const LIFETIME_SECONDS = 24 * 3600;

/**
 * Gives `HOST:PORT:USERNAME:CREDENTIAL`: the name is the Unix time until which the credential is good,
 * and tells nothing about who asked (draft-uberti-behave-turn-rest-00 section 2.2).
 *
 * @param now in milliseconds
 */
export const turnEntry =
  (host: string, secret: string, now: () => number = Date.now): ServerEntry =>
  () => {
    const username = String(Math.floor(now() / 1000) + LIFETIME_SECONDS);
    const credential = createHmac('sha1', secret).update(username).digest('base64');
    return `${host}:${TURN_PORT}:${username}:${credential}`;
  };

/** The secret that systemd hands over (`LoadCredential=`); undefined outside of systemd. */
export const readTurnSecret = (directory: string | undefined): string | undefined =>
  directory === undefined ? undefined : readFileSync(join(directory, 'turn-secret'), 'utf8').trim();
