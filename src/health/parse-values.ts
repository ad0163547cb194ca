/** Values as the scripts print them; what is not as expected is nothing. */

/** What follows the word of a line. */
export type Values = readonly string[];

/** A property that is left out when there is no value for it. */
export const given = <K extends string, T>(key: K, value: T | undefined): { [key in K]?: T } =>
  value === undefined ? {} : ({ [key]: value } as { [key in K]?: T });

export const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;

/** Milliseconds since 1970, of a time in seconds; 0 stands for none. */
export const unixTime = (text: string | undefined): number | undefined => {
  const value = wholeNumber(text?.replace(/\.\d*$/, ''));
  return value === undefined || value === 0 ? undefined : value * 1000;
};
