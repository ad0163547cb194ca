import { describe, expect, test } from 'vitest';
import { Connection } from '../../../src/chatmaild/probe/connection.ts';
import { serve } from './fake-server.ts';

const MS = 5000;

const connectTo = async (port: number): Promise<Connection> => {
  const connection = new Connection({ host: '127.0.0.1', port });
  await connection.connected(MS);
  return connection;
};

describe('a connection', () => {
  test('reads lines, counted bytes and the rest', async () => {
    const port = await serve(({ socket }) => void socket.end('one\r\ntwo\n\r\n12345rest\n'));
    const connection = await connectTo(port);
    expect(await connection.line(MS)).toBe('one');
    expect(await connection.line(MS)).toBe('two');
    expect(await connection.line(MS)).toBe('');
    expect(await connection.bytes(5, MS)).toBe('12345');
    expect(await connection.rest(MS)).toBe('rest\n');
    await expect(connection.line(MS)).rejects.toThrow('it closed the connection');
  });

  test('gives up on a line without an end', async () => {
    const port = await serve(({ socket }) => void socket.write('x'.repeat(9000)));
    const connection = await connectTo(port);
    await expect(connection.line(MS)).rejects.toThrow('a line of more than 8192 bytes');
  });

  test('gives up on a flood', async () => {
    const port = await serve(({ socket }) => void socket.write('x\n'.repeat(500_000)));
    const connection = await connectTo(port);
    await expect(connection.rest(MS)).rejects.toThrow('it sent more than was asked for');
  });

  test('gives up on silence', async () => {
    const connection = await connectTo(await serve(() => {}));
    await expect(connection.line(20)).rejects.toThrow('it did not answer within 1 s');
    connection.close();
  });

  test('gives up on a size that is no message of a probe', async () => {
    const connection = await connectTo(await serve(() => {}));
    await expect(connection.bytes(10 ** 9, MS)).rejects.toThrow('it announced 1000000000 bytes');
    connection.close();
  });

  test('is told why it was ended', async () => {
    const connection = await connectTo(await serve(() => {}));
    const reading = connection.line(MS);
    connection.fail(new Error('the probe takes too long'));
    await expect(reading).rejects.toThrow('the probe takes too long');
  });

  test('begins no TLS after words in the clear (CVE-2011-0411)', async () => {
    const port = await serve(({ socket }) => void socket.write('220 go\r\n250 injected\r\n'));
    const connection = await connectTo(port);
    await connection.line(MS);
    await expect(connection.startTls({}, MS)).rejects.toThrow('before TLS began');
    connection.close();
  });

  test('says that nobody listens', async () => {
    const connection = new Connection({ path: '/nonexistent/socket' });
    await expect(connection.connected(MS)).rejects.toThrow('ENOENT');
  });
});
