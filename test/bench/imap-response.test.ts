import { describe, expect, test } from 'vitest';
import { takeResponse } from '../../bench/support/imap-response.ts';

describe('takeResponse', () => {
  test('takes one line', () => {
    expect(takeResponse('* 3 EXISTS\r\n* 1 RECENT\r\n')).toBe('* 3 EXISTS\r\n');
  });

  test('waits for the end of a line', () => {
    expect(takeResponse('')).toBeUndefined();
    expect(takeResponse('* 3 EXISTS\r')).toBeUndefined();
  });

  test('takes literals, line ends and all', () => {
    const response = '* 1 FETCH (BODY[] {10}\r\nab\r\ncd\r\nef FLAGS ())\r\n';
    expect(takeResponse(`${response}t1 OK\r\n`)).toBe(response);
  });

  test('waits for the rest of a literal and of the line behind it', () => {
    expect(takeResponse('* 1 FETCH (BODY[] {10}\r\nab\r\n')).toBeUndefined();
    expect(takeResponse('* 1 FETCH (BODY[] {4}\r\nab\r\n)')).toBeUndefined();
  });
});
