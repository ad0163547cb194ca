import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './command.ts';
import { removeCgroups, startDaemon } from './daemon.ts';
import { LabError } from './errors.ts';
import type { LabPaths } from './paths.ts';
import { findProcesses, terminate } from './processes.ts';

/** Pebble's name in the lab, and the port of its ACME directory. */
export const CA_NAME = 'ca.test';
export const CA_PORT = 14_000;
export const CA_DIRECTORY_URL = `https://${CA_NAME}:${CA_PORT}/dir`;

/** Where this machine, and nobody else, gets the root certificate. */
const MANAGEMENT_PORT = 15_000;

/** As Let's Encrypt's: 90 days. */
const VALIDITY_SECONDS = 90 * 86_400;

const configOf = (lab: LabPaths): string => join(lab.ca, 'pebble.json');
const certificateOf = (lab: LabPaths): string => join(lab.ca, 'cert.pem');
const keyOf = (lab: LabPaths): string => join(lab.ca, 'key.pem');

const config = (lab: LabPaths, address: string): string =>
  JSON.stringify({
    pebble: {
      listenAddress: `${address}:${CA_PORT}`,
      managementListenAddress: `${address}:${MANAGEMENT_PORT}`,
      certificate: certificateOf(lab),
      privateKey: keyOf(lab),
      httpPort: 80,
      tlsPort: 443,
      ocspResponderURL: '',
      externalAccountBindingRequired: false,
      certificateValidityPeriod: VALIDITY_SECONDS,
    },
  });

/**
 * Starts the lab's certificate authority unless it runs: Pebble, strict, with its random refusals of
 * good nonces but without its random pauses.
 */
export const ensurePebble = async (lab: LabPaths, address: string): Promise<void> => {
  if (pebbleProcesses(lab).length > 0) return;
  const log = join(lab.ca, 'pebble.log');
  await mkdir(lab.ca, { recursive: true });
  await makeCertificate(lab, address);
  await writeFile(configOf(lab), config(lab, address));
  const user = ['--reuid=nobody', '--clear-groups', 'env', 'PEBBLE_VA_NOSLEEP=1'];
  const pebble = ['pebble', '-strict', '-config', configOf(lab), '-dnsserver', `${address}:53`];
  await startDaemon(unitOf(lab), ['setpriv', ...user, ...pebble], log);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    await sleep(50);
    if ((await fetchRoot(lab, address)) !== undefined) return;
  }
  throw new LabError(`The lab's certificate authority does not answer; see ${log}`);
};

/** Of the ACME server itself, not of what it issues. */
const makeCertificate = async (lab: LabPaths, address: string): Promise<void> => {
  await run([
    ...(['openssl', 'req', '-x509', '-config', '/dev/null', '-nodes', '-days', '3650'] as const),
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', `/CN=${CA_NAME}`],
    ...['-addext', `subjectAltName=DNS:${CA_NAME},IP:${address}`],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-keyout', keyOf(lab), '-out', certificateOf(lab)],
  ]);
  await chmod(keyOf(lab), 0o644);
};

/** What hosts must trust, as PEM; nothing when there is no authority in the lab. */
export const rootCertificates = async (lab: LabPaths, address: string): Promise<string[]> => {
  if (pebbleProcesses(lab).length === 0) return [];
  const root = await fetchRoot(lab, address);
  if (root === undefined) throw new LabError("The lab's certificate authority does not answer");
  return [await readFile(certificateOf(lab), 'utf8'), root];
};

/** The root is another one each time that Pebble starts. */
const fetchRoot = async (lab: LabPaths, address: string): Promise<string | undefined> => {
  const ca = await readFile(certificateOf(lab), 'utf8');
  return new Promise((done) => {
    const options = { host: address, port: MANAGEMENT_PORT, path: '/roots/0', ca, timeout: 1000 };
    const request = get(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('close', () => done(response.statusCode === 200 ? text : undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => done(undefined));
  });
};

const unitOf = (lab: LabPaths): string => `${lab.bridge}-ca`;

export const pebbleProcesses = (lab: LabPaths): number[] => findProcesses('pebble', configOf(lab));

/** @returns whether it ended in time */
export const stopPebble = async (lab: LabPaths): Promise<boolean> => {
  if (!(await terminate(pebbleProcesses(lab), 10_000))) return false;
  await removeCgroups(unitOf(lab));
  return true;
};
