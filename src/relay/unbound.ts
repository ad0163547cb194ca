import { STATE_DIR } from '../engine/layout.ts';
import { type ManagedFile, ROOT } from '../engine/state.ts';
import type { RelayPart } from './part.ts';
import { CHATMAILD_DIR, RESOLVER_ADDRESS } from './paths.ts';
import { renderTemplate, type View } from './render.ts';

const CONFIG_PATH = '/etc/unbound/unbound.conf.d/chatmail.conf';
const DROP_IN_PATH = '/etc/systemd/system/unbound.service.d/chatmail.conf';
const RESOLVER_UNIT_PATH = '/etc/systemd/system/chatmail-resolver.service';
const SCRIPT_PATH = `${CHATMAILD_DIR}/use-local-resolver`;

/**
 * The validating resolver, and the unit that makes it the host's. /etc/resolv.conf is no managed
 * file: it changes only after unbound has answered, or the host would be left without names.
 */
export const unboundPart: RelayPart = (config) => ({
  name: 'unbound',
  // The script asks by Node: Debian's libc cannot tell "no such name" from a dead resolver.
  packages: ['unbound', 'dns-root-data', 'nodejs'],
  files: [
    file(CONFIG_PATH, 'unbound/unbound.conf.hbs', { ipv6: !config.disable_ipv6 }),
    file(DROP_IN_PATH, 'unbound/unbound.service.conf', {}),
    file(RESOLVER_UNIT_PATH, 'unbound/chatmail-resolver.service.hbs', {
      script: SCRIPT_PATH,
      domain: config.mail_domain,
    }),
    {
      ...file(SCRIPT_PATH, 'unbound/use-local-resolver.sh.hbs', {
        stateDir: STATE_DIR,
        address: RESOLVER_ADDRESS,
      }),
      mode: 0o755,
    },
  ],
  checks: [
    {
      name: 'unbound-checkconf',
      files: [CONFIG_PATH],
      command: ['unbound-checkconf', `{stage}${CONFIG_PATH}`],
    },
  ],
  units: [
    {
      name: 'unbound.service',
      restartOn: { files: [CONFIG_PATH, DROP_IN_PATH], packages: ['unbound', 'dns-root-data'] },
      reloadOn: { files: [], packages: [] },
    },
    {
      name: 'chatmail-resolver.service',
      restartOn: { files: [RESOLVER_UNIT_PATH, SCRIPT_PATH], packages: [] },
      reloadOn: { files: [], packages: [] },
    },
  ],
});

const file = (path: string, template: string, view: View): ManagedFile => ({
  path,
  content: renderTemplate(template, view),
  owner: ROOT,
  mode: 0o644,
});
