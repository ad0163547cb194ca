import { isAddressRelay } from '../config/domain.ts';
import { STATE_DIR } from '../engine/layout.ts';
import type { ManagedFile } from '../engine/state.ts';
import { managedUnit, rootFile, unitPath } from './managed.ts';
import type { RelayPart } from './part.ts';
import { CHATMAILD_DIR, RESOLVER_ADDRESS } from './paths.ts';
import { renderTemplate, type View } from './render.ts';

const CONFIG_PATH = '/etc/unbound/unbound.conf.d/chatmail.conf';
const DROP_IN_PATH = unitPath('unbound.service.d/chatmail.conf');
const SCRIPT_PATH = `${CHATMAILD_DIR}/use-local-resolver`;
/** Run by apt before it looks for packages. */
const RESCUE_PATH = `${CHATMAILD_DIR}/use-former-resolver`;
const APT_CONF = '/etc/apt/apt.conf.d/60chatmail-resolver';
const RESOLVED_CONF = '/etc/systemd/resolved.conf.d/zz-chatmail.conf';
const NOTICE_PATH = `${STATE_DIR}/resolver-notice`;
const LOCK_PATH = '/run/chatmail-resolver.lock';

/** At boot and when it is deployed. */
const SWITCH = 'chatmail-resolver.service';
/** When somebody else has written resolv.conf. */
const AGAIN = 'chatmail-resolver-watch.service';
const WATCH = 'chatmail-resolver-watch.path';

/**
 * The validating resolver, and the units that make it the host's. /etc/resolv.conf is no managed
 * file: it changes only after unbound has answered, or the host would be left without names; and apt
 * gets the resolvers of before where unbound does not run.
 */
export const unboundPart: RelayPart = (config) => {
  const domain = config.mail_domain;
  const view: View = {
    script: SCRIPT_PATH,
    names: isAddressRelay(domain) ? '' : domain,
    stateDir: STATE_DIR,
    notice: NOTICE_PATH,
    lock: LOCK_PATH,
    address: RESOLVER_ADDRESS,
    resolvedConf: RESOLVED_CONF,
  };
  return {
    name: 'unbound',
    // The script asks by Node: Debian's libc cannot tell "no such name" from a dead resolver.
    packages: ['unbound', 'dns-root-data', 'nodejs'],
    files: [
      file(CONFIG_PATH, 'unbound/unbound.conf.hbs', { ipv6: !config.disable_ipv6 }),
      file(DROP_IN_PATH, 'unbound/unbound.service.conf', {}),
      unitFile(SWITCH, 'chatmail-resolver.service.hbs', {
        ...view,
        description: 'Make the local resolver the one of this host',
        atBoot: true,
      }),
      unitFile(AGAIN, 'chatmail-resolver.service.hbs', {
        ...view,
        description: 'Make the local resolver the one of this host again',
        atBoot: false,
      }),
      unitFile(WATCH, 'chatmail-resolver-watch.path.hbs', view),
      file(RESCUE_PATH, 'unbound/use-former-resolver.sh.hbs', view, 0o755),
      file(APT_CONF, 'unbound/apt.conf.hbs', { script: RESCUE_PATH }),
      file(SCRIPT_PATH, 'unbound/use-local-resolver.sh.hbs', view, 0o755),
    ],
    checks: [
      {
        name: 'unbound-checkconf',
        files: [CONFIG_PATH],
        command: ['unbound-checkconf', `{stage}${CONFIG_PATH}`],
      },
      {
        name: 'apt-config of the resolver',
        files: [APT_CONF],
        command: ['apt-config', '-c', `{stage}${APT_CONF}`, 'dump'],
      },
    ],
    units: [
      managedUnit('unbound.service', {
        files: [CONFIG_PATH, DROP_IN_PATH],
        packages: ['unbound', 'dns-root-data'],
      }),
      managedUnit(SWITCH, { files: [unitPath(SWITCH), SCRIPT_PATH] }),
      managedUnit(WATCH, { files: [unitPath(WATCH), unitPath(AGAIN)] }),
    ],
    followUps: [
      {
        name: 'local-resolver',
        command: ['systemctl', 'restart', SWITCH],
        inputs: { files: [SCRIPT_PATH], packages: [] },
        notice: NOTICE_PATH,
      },
    ],
  };
};

const unitFile = (name: string, template: string, view: View): ManagedFile =>
  file(unitPath(name), `unbound/${template}`, view);

const file = (path: string, template: string, view: View, mode?: number): ManagedFile =>
  rootFile(path, renderTemplate(template, view), mode);
