/** The Content-Security-Policy (CSP level 3) of the pages. */

const NO_FRAMES = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Our pages: pictures and the style sheet. */
const PLAIN = `default-src 'none'; img-src 'self'; style-src 'self'; ${NO_FRAMES}`;

/** The page that makes logins: its script too, and what that asks the relay for. */
const SCRIPTED = `default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; ${NO_FRAMES}`;

/** Pages of the operator's: all that is on the relay, in files of their own. */
const OWN = `default-src 'self'; ${NO_FRAMES}`;

export interface ContentPolicies extends Readonly<Record<string, string>> {
  readonly contentPolicy: string;
  /** Of a start page that makes logins. */
  readonly scriptPolicy: string;
}

/** @param hasOwnPages whether the operator's own files are published too */
export const contentPolicies = (hasOwnPages: boolean): ContentPolicies =>
  hasOwnPages
    ? { contentPolicy: OWN, scriptPolicy: OWN }
    : { contentPolicy: PLAIN, scriptPolicy: SCRIPTED };
