import { describe, expect, test } from 'vitest';
import { PacketScanner } from '../../../src/chatmaild/openpgp/packets.ts';

const packet = (tag: number, length: readonly number[], body: number): Buffer =>
  Buffer.concat([Buffer.from([0xc0 | tag, ...length]), Buffer.alloc(body, 0x5a)]);
const oldPacket = (tag: number, type: number, length: readonly number[], body: number): Buffer =>
  Buffer.concat([Buffer.from([0x80 | (tag << 2) | type, ...length]), Buffer.alloc(body, 0x5a)]);

const pkesk = packet(1, [94], 94);
const skesk = packet(3, [13], 13);
const data = packet(18, [100], 100);
/** 512 bytes, then 1024, then the rest. */
const partial = Buffer.concat([
  packet(18, [0xe9], 512),
  Buffer.from([0xea]),
  Buffer.alloc(1024, 1),
  Buffer.from([5]),
  Buffer.alloc(5, 1),
]);

const cases: readonly [name: string, bytes: readonly Buffer[], problem: string | undefined][] = [
  ['PKESK, SEIPD', [pkesk, data], undefined],
  ['SKESK, SEIPD', [skesk, data], undefined],
  ['many keys', [pkesk, skesk, pkesk, pkesk, data], undefined],
  ['two-octet length', [pkesk, packet(18, [192, 8], 200)], undefined],
  ['five-octet length', [packet(18, [255, 0, 1, 0, 0], 65536)], undefined],
  ['old one-octet length', [oldPacket(1, 0, [94], 94), data], undefined],
  ['old two-octet length', [oldPacket(1, 1, [1, 4], 260), data], undefined],
  ['old four-octet length', [oldPacket(3, 2, [0, 0, 0, 9], 9), data], undefined],
  ['partial lengths', [pkesk, partial], undefined],
  ['partial lengths with an empty end', [packet(18, [0xe9], 512), Buffer.from([0])], undefined],
  ['nothing', [], 'truncated packets'],
  ['no data packet', [pkesk, skesk], 'truncated packets'],
  ['truncated body', [pkesk, data.subarray(0, 50)], 'truncated packets'],
  ['truncated length', [pkesk, Buffer.from([0xd2, 255, 0, 0])], 'truncated packets'],
  ['partial without an end', [packet(18, [0xe9], 512)], 'truncated packets'],
  ['trailing byte', [data, Buffer.from([0])], 'data after the encrypted packet'],
  ['second data packet', [data, data], 'data after the encrypted packet'],
  ['literal packet', [packet(11, [10], 10)], 'packet of type 11'],
  ['compressed packet', [pkesk, packet(8, [10], 10)], 'packet of type 8'],
  ['unprotected data packet', [pkesk, packet(9, [10], 10)], 'packet of type 9'],
  ['literal behind the keys', [pkesk, packet(11, [10], 10), data], 'packet of type 11'],
  ['padding packet', [pkesk, packet(21, [10], 10), data], 'packet of type 21'],
  ['cleartext', [Buffer.from('Hello')], 'not an OpenPGP packet'],
  ['indeterminate length', [oldPacket(1, 3, [], 10)], 'packet of indeterminate length'],
  ['partial PKESK', [packet(1, [0xe9], 512)], 'partial length in a packet that is not data'],
  ['short first partial', [packet(18, [0xe1], 2)], 'first partial length below 512'],
];

describe('packets of an encrypted message', () => {
  test.each(cases)('%s', (_name, bytes, problem) => {
    const scanner = new PacketScanner();
    scanner.push(Buffer.concat(bytes));
    expect(scanner.finish()).toBe(problem);
  });

  test.each(cases)('%s, byte by byte', (_name, bytes, problem) => {
    const scanner = new PacketScanner();
    for (const byte of Buffer.concat(bytes)) scanner.push(Uint8Array.of(byte));
    expect(scanner.finish()).toBe(problem);
  });
});
