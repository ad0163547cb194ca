/** Longest name: `vb-` and the lab's id go before it in the name of the host's veth. */
const NAME = /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/;

/** What keeps `name` from being a lab host's name, in words, or undefined when nothing does. */
export const hostNameProblem = (name: string): string | undefined =>
  NAME.test(name)
    ? undefined
    : `${JSON.stringify(name)} cannot be a host's name: use 1 to 20 letters a-z, digits and hyphens, a letter first`;

/** The relay's domain on a lab host; its underscore asks for a self-signed certificate. */
export const domainOf = (name: string): string => `_${name}.test`;
