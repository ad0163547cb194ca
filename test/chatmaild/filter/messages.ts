import { readFileSync } from 'node:fs';

const read = (name: string): string =>
  readFileSync(new URL(`./messages/${name}.eml`, import.meta.url), 'latin1');

/** As Delta Chat core 2.57 puts them into its SMTP queue. Both are from {@link CLIENT}. */
export const ENCRYPTED = read('deltachat-2.57-encrypted');
export const VC_REQUEST = read('deltachat-2.57-vc-request');
export const CLIENT = 'blice1234@_x.test';

export const CLEARTEXT = [
  `From: <${CLIENT}>`,
  'Subject: Hello',
  'Content-Type: text/plain',
  '',
  'Hello\r\n',
].join('\r\n');

export const REPORT = [
  'From: Mail Delivery System <MAILER-DAEMON@_x.test>',
  'Auto-Submitted: auto-replied',
  'Content-Type: multipart/report; report-type=delivery-status; boundary=x',
  '',
  '--x--\r\n',
].join('\r\n');
