import { dirname } from 'node:path';
import { certificateFiles, certificateOrigin, selfSignedCommand } from '../config/certificate.ts';
import type { Config } from '../config/schema.ts';
import {
  type FollowUp,
  type GeneratedFiles,
  type ManagedFile,
  type Platform,
  type Precondition,
  ROOT,
} from '../engine/state.ts';
import type { Argv } from '../host/host.ts';
import { quote } from '../host/quote.ts';
import { readBundle } from './bundles.ts';
import { managedUnit, rootFile, unitFile, unitPath } from './managed.ts';
import type { RelayPart } from './part.ts';
import {
  ACME_WEBROOT,
  CERTIFICATE_STATE_DIR,
  CHATMAIL_INI,
  CHATMAILD_DIR,
  RESOLVER_ADDRESS,
} from './paths.ts';
import { postfixUnit } from './postfix-unit.ts';
import { renderTemplate, type View } from './render.ts';

const NAME = 'chatmail-certificate';
const PROGRAM = `${CHATMAILD_DIR}/certificate.cjs`;

/** Where acmetool, the client of the upstream relay, keeps the certificate of a domain. */
const upstreamFolder = (domain: string): string => `/var/lib/acme/live/${domain}`;

/**
 * The relay's certificate, and the service that renews it, checks the operator's own and has the
 * daemons load what is new. So none of the daemons' units names the certificate as an input: a
 * renewal is no change for the next deploy. Only root reads the key: the masters of Postfix, Dovecot
 * and nginx open it before they drop their privileges.
 */
export const tlsPart: RelayPart = (config, platform) => {
  const origin = certificateOrigin(config);
  const files = unitFiles(config, platform);
  return {
    name: 'tls',
    preconditions: origin === 'external' ? [usableFiles(config)] : [],
    packages: ['openssl', 'nodejs', 'ca-certificates', ...(origin === 'acme' ? ['certbot'] : [])],
    directories: [{ path: ACME_WEBROOT, owner: ROOT, mode: 0o755 }],
    generated: origin === 'external' ? [] : [firstCertificate(config)],
    files: [rootFile(PROGRAM, readBundle('certificate.cjs')), ...files],
    units: [`${NAME}.path`, `${NAME}.timer`].map((unit) =>
      managedUnit(unit, { files: [unitPath(unit)] }),
    ),
    followUps: [followUp(files.map(({ path }) => path))],
  };
};

/** Checked before the host is touched; the service goes on from there. */
const usableFiles = (config: Config): Precondition => {
  const { certificate, key } = certificateFiles(config);
  const words = quote(['set', '--', certificate, key, config.mail_domain]);
  return {
    name: 'external-certificate',
    script: `${words}\n${renderTemplate('tls/external-certificate.sh', {})}`,
    fix: 'mend the files on the host that tls_external_cert_and_key names, or name others',
  };
};

/** Something to serve until the authority has answered; from a former relay, if it is good. */
const firstCertificate = (config: Config): GeneratedFiles => {
  const domain = config.mail_domain;
  const { certificate: file } = certificateFiles(config);
  const make = selfSignedCommand(domain, file);
  return {
    name: 'certificate',
    paths: [file],
    commands: [
      certificateOrigin(config) === 'acme'
        ? ['sh', '-c', TAKE_OVER, 'sh', upstreamFolder(domain), domain, file, ...make]
        : make,
    ],
    owner: ROOT,
    mode: 0o600,
  };
};

/** sh FOLDER DOMAIN FILE COMMAND...: the certificate in FOLDER if it is good, else COMMAND. */
const TAKE_OVER = `folder=$1 domain=$2 file=$3
shift 3
certificate=$folder/fullchain key=$folder/privkey
if [ -r "$certificate" ] && [ -r "$key" ] &&
  openssl x509 -noout -checkend 86400 -in "$certificate" >/dev/null &&
  openssl x509 -noout -checkhost "$domain" -in "$certificate" | grep -q 'does match' &&
  [ "$(openssl x509 -noout -pubkey -in "$certificate")" = "$(openssl pkey -pubout -in "$key")" ]
then
  cat "$certificate" "$key" > "$file"
else
  "$@"
fi`;

const unitFiles = (config: Config, platform: Platform): ManagedFile[] => {
  const { certificate, key } = certificateFiles(config);
  const view: View = {
    program: PROGRAM,
    config: CHATMAIL_INI,
    webroot: ACME_WEBROOT,
    resolver: RESOLVER_ADDRESS,
    name: NAME,
    watched: [...new Set([certificate, key].flatMap(watchedFor))],
    reload: [postfixUnit(platform), 'dovecot.service', 'nginx.service'],
    writable: certificateOrigin(config) !== 'external',
  };
  return ['service', 'path', 'timer'].map((type) =>
    unitFile(`${NAME}.${type}`, renderTemplate(`tls/${NAME}.${type}.hbs`, view)),
  );
};

/** A symbolic link that is turned to another file is a change of its folder only. */
const watchedFor = (file: string): string[] => [file, dirname(file)];

/** The service starts when what it is made from changes, and as long as it has something to say. */
const followUp = (unitPaths: readonly string[]): FollowUp => ({
  name: NAME,
  command: startService,
  inputs: { files: [PROGRAM, CHATMAIL_INI, ...unitPaths], packages: [] },
  notice: `${CERTIFICATE_STATE_DIR}/notice`,
});

/** The file tells the service that a person asks, and not its timer. */
const startService: Argv = [
  'sh',
  '-c',
  'install -D -m 600 /dev/null "$1" && systemctl start "$2"',
  'sh',
  `${CERTIFICATE_STATE_DIR}/asked`,
  `${NAME}.service`,
];
