import { describe, expect, test } from 'vitest';
import { boundaryOf, parseContentType } from '../../../src/chatmaild/mime/content-type.ts';

const boundary = (value: string): string | undefined => {
  const contentType = parseContentType(value);
  return contentType && boundaryOf(contentType);
};

describe('Content-Type', () => {
  test.each([
    [' multipart/encrypted; boundary=sep', 'sep'],
    [' Multipart/Encrypted; BOUNDARY="sep"', 'sep'],
    [' multipart/encrypted;\r\n\tboundary="s e:p?"', 's e:p?'],
    [' multipart/encrypted;\n boundary=sep', 'sep'],
    [' multipart/encrypted; boundary="s\\ep"', 'sep'],
    [' multipart/encrypted; boundary=sep;', 'sep'],
    [' multipart/encrypted; protocol="a;boundary=x"; boundary=sep', 'sep'],
    [" multipart/encrypted; name*=utf-8''x; boundary=sep", 'sep'],
    [' multipart/encrypted', undefined],
    [' multipart/encrypted; boundary=""', undefined],
    [' multipart/encrypted; boundary="sep "', undefined],
    [` multipart/encrypted; boundary=${'x'.repeat(71)}`, undefined],
    [' multipart/encrypted; boundary="sep', undefined],
    [' multipart/encrypted; boundary=a; boundary=b', undefined],
    [' multipart/encrypted; boundary=a; boundary*=b', undefined],
    [' multipart/encrypted; boundary*0=a; boundary*1=b', undefined],
    [' multipart/encrypted (comment); boundary=a', undefined],
    [' multipart/encrypted; boundary=a(b)', undefined],
    [' multipart/encrypted boundary=a', undefined],
    [' multipart; boundary=a', undefined],
    ['', undefined],
  ])('%j has the boundary %j', (value, expected) => {
    expect(boundary(value)).toBe(expected);
  });

  test('of great length is read in no time', () => {
    const start = performance.now();
    expect(boundary(` multipart/encrypted${'; a'.repeat(50_000)}`)).toBeUndefined();
    expect(boundary(` multipart/encrypted; a="${'\\"'.repeat(50_000)}`)).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
