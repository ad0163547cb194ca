/**
 * What a log may say of an error: the code of a system error (`ENOSPC`), else the kind. Messages hold
 * paths, and so addresses, or what was being read.
 */
export const errorCode = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};

/** Whether an error of the file system says that something is not there. */
export const isMissing = (error: unknown): boolean => errorCode(error) === 'ENOENT';

/** For `catch`: passes over what is not there, and throws every other error. */
export const unlessMissing = (error: unknown): undefined => {
  if (!isMissing(error)) throw error;
};
