/** A valid chatmail.ini that asks for something this version cannot do. */
export class UnsupportedConfigError extends Error {
  override readonly name = 'UnsupportedConfigError';
}
