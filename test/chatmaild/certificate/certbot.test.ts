import { describe, expect, it } from 'vitest';
import {
  certbotArguments,
  explainFailure,
  isPassing,
} from '../../../src/chatmaild/certificate/certbot.ts';

const options = {
  folder: '/var/lib/x/certbot',
  webroot: '/var/lib/y',
  directoryUrl: 'https://ca.test/dir',
  names: ['a.test', 'www.a.test'],
  email: undefined,
} as const;

describe('certbotArguments', () => {
  it('asks for an ECDSA certificate for all names, in folders of its own', () => {
    const line = certbotArguments(options).join(' ');
    expect(line).toContain('--server https://ca.test/dir');
    expect(line).toContain('--cert-name a.test --domain a.test --domain www.a.test');
    expect(line).toContain('--key-type ecdsa');
    expect(line).not.toContain('/etc/letsencrypt');
  });

  it('agrees to the terms of the directory, with or without an address', () => {
    expect(certbotArguments(options)).toContain('--agree-tos');
    expect(certbotArguments(options)).toContain('--register-unsafely-without-email');
    expect(certbotArguments({ ...options, email: 'a@b.test' }).join(' ')).toContain(
      '--email a@b.test',
    );
  });
});

/** As certbot 2.1 and 4.0 print it. */
const REFUSED = `Saving debug log to /tmp/l/letsencrypt.log
Requesting a certificate for nope.a.test and a.test

Certbot failed to authenticate some domains (authenticator: webroot). The Certificate Authority reported these problems:
  Domain: nope.a.test
  Type:   connection
  Detail: could not resolve URL

Hint: The Certificate Authority failed to download the temporary challenge files created by Certbot.

Some challenges have failed.
Ask for help or search for solutions at https://community.letsencrypt.org.
`;
const UNREACHABLE = `Saving debug log to /tmp/l/letsencrypt.log
An unexpected error occurred:
ValueError: Requesting ca.test/dir: No route to host
Ask for help or search for solutions at https://community.letsencrypt.org.
`;

/** Debian 12's certbot says nothing of it, its log does. */
const HIDDEN = {
  output: "An unexpected error occurred:\nAttributeError: can't set attribute\n",
  log: `Traceback (most recent call last):
acme.messages.Error: urn:ietf:params:acme:error:badNonce :: The client sent an unacceptable anti-replay nonce :: JWS has an invalid anti-replay nonce: R8
During handling of the above exception, another exception occurred:
acme.messages.Error: urn:ietf:params:acme:error:rateLimited :: There were too many requests of a given type :: too many certificates already issued
`,
};
const printed = (output: string) => ({ output, log: '' });

describe('explainFailure', () => {
  it('finds what certbot hides', () => {
    expect(explainFailure(HIDDEN)).toEqual(['too many certificates already issued']);
  });

  it('repeats what the authority said of each name', () => {
    expect(explainFailure(printed(REFUSED))).toEqual(['nope.a.test: could not resolve URL']);
  });

  it('repeats the cause of any other failure', () => {
    expect(explainFailure(printed(UNREACHABLE))).toEqual([
      'ValueError: Requesting ca.test/dir: No route to host',
    ]);
  });

  it('always says something', () => {
    expect(explainFailure(printed(''))).not.toEqual([]);
  });
});

it('knows an error after which the authority wants to be asked again', () => {
  expect(isPassing(printed('JWS has an invalid anti-replay nonce: R8'))).toBe(true);
  expect(isPassing({ ...HIDDEN, log: HIDDEN.log.split('During')[0] ?? '' })).toBe(true);
  expect(isPassing(HIDDEN)).toBe(false);
  expect(isPassing(printed(REFUSED))).toBe(false);
});
