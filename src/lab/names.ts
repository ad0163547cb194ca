/** Longest name: `vb-` and the lab's id go before it in the name of the host's veth. */
const NAME = /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/;

/** Names of the lab itself below `test.`. */
const RESERVED: readonly string[] = ['ns', 'ca'];

/** What keeps `name` from being a lab host's name, in words, or undefined when nothing does. */
export const hostNameProblem = (name: string): string | undefined =>
  NAME.test(name) && !RESERVED.includes(name)
    ? undefined
    : `${JSON.stringify(name)} cannot be a host's name: use 1 to 20 letters a-z, digits and hyphens, a letter first, not ${RESERVED.join(' or ')}`;

/**
 * The relay's domain on a lab host: one that asks for a self-signed certificate by its underscore, or
 * one for which an authority issues certificates.
 */
export const domainOf = (name: string, acme: boolean): string =>
  acme ? `${name}.test` : `_${name}.test`;
