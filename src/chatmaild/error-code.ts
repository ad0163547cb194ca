/**
 * What a log may say of an error: the code of a system error (`ENOSPC`), else the kind. Messages hold
 * paths, and so addresses, or what was being read.
 */
export const errorCode = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};
