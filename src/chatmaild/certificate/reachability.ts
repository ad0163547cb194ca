/** Whether an authority will find this host under the names of the certificate (RFC 8555 section 8.3). */

/** Addresses of a name, empty when it has none; throws when that cannot be found out. */
export type LookUp = (name: string) => Promise<readonly string[]>;

/** What answers at port 80 of an address for a name. */
export type WebServer = 'this host' | 'another' | 'unreachable';
export type Probe = (name: string, address: string) => Promise<WebServer>;

/** What keeps the authority from finding this host, one sentence each. Empty: nothing known. */
export const obstacles = async (
  names: readonly string[],
  lookUp: LookUp,
  probe: Probe,
): Promise<string[]> =>
  (await Promise.all(names.map((name) => obstaclesOf(name, lookUp, probe)))).flat();

const obstaclesOf = async (name: string, lookUp: LookUp, probe: Probe): Promise<string[]> => {
  let addresses: readonly string[];
  try {
    addresses = await lookUp(name);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return [
      `${name} cannot be looked up (${code}): its name servers do not answer, or DNSSEC is broken`,
    ];
  }
  if (addresses.length === 0) return [`${name} has no A or AAAA record`];
  // A home router may not let the host reach itself under its public address: that proves nothing.
  const servers = await Promise.all(addresses.map((address) => probe(name, address)));
  return addresses
    .filter((_, index) => servers[index] === 'another')
    .map((address) => `${name} points to ${address}, where another web server answers`);
};
