import { certificateFiles } from '../config/certificate.ts';
import { isAddressRelay } from '../config/domain.ts';
import type { Config } from '../config/schema.ts';
import type { ManagedFile } from '../engine/state.ts';
import { quote } from '../host/quote.ts';
import { readBundle } from './bundles.ts';
import { rootFile } from './managed.ts';
import {
  CHATMAILD_DIR,
  DKIM_KEYS_DIR,
  FILTER_INCOMING_SOCKET,
  FILTER_OUTGOING_SOCKET,
  MAIL_DIR,
  OPENDKIM_SOCKET,
  PROBE,
  PROBES_DIR,
} from './paths.ts';
import { renderTemplate } from './render.ts';

const PROGRAM = `${CHATMAILD_DIR}/probe.cjs`;
/** Of Debian's ca-certificates. */
const SYSTEM_ROOTS = '/etc/ssl/certs/ca-certificates.crt';

/** The probe, and the command that runs it with what it must know of this relay. */
export const probeFiles = (config: Config): ManagedFile[] => [
  rootFile(PROGRAM, readBundle('probe.cjs')),
  rootFile(
    PROBE,
    renderTemplate('chatmaild/probe.hbs', {
      command: quote(['/usr/bin/node', PROGRAM, ...options(config)]),
    }),
    0o755,
  ),
];

const options = (config: Config): string[] => [
  config.mail_domain,
  ...['--certificate', certificateFiles(config).certificate],
  ...[SYSTEM_ROOTS, config.acme_root_certificate].flatMap((root) => (root ? ['--root', root] : [])),
  ...['--mail-dir', MAIL_DIR],
  ...['--records', PROBES_DIR],
  ...['--socket', `chatmail-filter-incoming=${FILTER_INCOMING_SOCKET}`],
  ...['--socket', `chatmail-filter-outgoing=${FILTER_OUTGOING_SOCKET}`],
  // Mail of a relay without a domain is not signed.
  ...(isAddressRelay(config.mail_domain)
    ? []
    : ['--signer', `${OPENDKIM_SOCKET}=${DKIM_KEYS_DIR}`]),
  ...['--names', `${config.username_min_length}-${config.username_max_length}`],
  ...['--password-min', String(config.password_min_length)],
];
