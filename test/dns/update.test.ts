import { describe, expect, test } from 'vitest';
import { relayChecks } from '../../src/dns/checks/index.ts';
import type { ResourceRecord } from '../../src/dns/message.ts';
import { planChanges } from '../../src/dns/update/changes.ts';
import { KeyFileError, parseKey } from '../../src/dns/update/key-file.ts';
import { sendUpdate, updateProblem } from '../../src/dns/update/send.ts';
import { sign, type TsigKey, verify } from '../../src/dns/update/tsig.ts';
import { encodeUpdate, type RecordEdit } from '../../src/dns/update/wire.ts';
import { createView } from '../../src/dns/view.ts';
import { startFake, type ZoneRecord } from './fake-dns.ts';
import { ADDRESS, DOMAIN, FACTS, healthyZone, withRecords } from './world.ts';

const KEY: TsigKey = {
  name: 'lab',
  algorithm: 'hmac-sha256',
  secret: Buffer.from('bh5aAo30NaFdOvvPwvChR4VJ0JWSZvKdUw7v7nJ/8hQ=', 'base64'),
};
const NOW = 1_795_376_000;

describe('an update message', () => {
  const update = {
    zone: 'chat.example',
    remove: [{ name: 'www.chat.example', data: { type: 'A', address: '192.0.2.9' } }],
    add: [{ name: 'chat.example', data: { type: 'TXT', text: 'v=spf1 a ~all' } }],
    ttl: 3600,
  } as const;

  test('takes out exactly one record (class NONE, TTL 0) and puts in another', () => {
    const hex = encodeUpdate(0x1234, update).toString('hex');
    const name = '0463686174076578616d706c6500';
    expect(hex).toBe(
      [
        '1234 2800 0001 0000 0002 0000',
        `${name} 0006 0001`,
        `03777777${name} 0001 00fe 00000000 0004 c0000209`,
        `${name} 0010 0001 00000e10 000e 0d763d737066312061207e616c6c`,
      ]
        .join('')
        .replaceAll(' ', ''),
    );
  });

  test.each<[string, RecordEdit['data'], string]>([
    ['AAAA', { type: 'AAAA', address: '2001:db8::10' }, '20010db8000000000000000000000010'],
    ['CNAME', { type: 'CNAME', target: 'a.b' }, '0161016200'],
    ['MX', { type: 'MX', preference: 10, exchange: 'a.b' }, '000a0161016200'],
    ['SRV', { type: 'SRV', priority: 0, weight: 1, port: 465, target: 'a' }, '0000000101d1016100'],
    ['CAA', { type: 'CAA', flags: 0, tag: 'issue', value: 'x' }, '0005697373756578'],
    ['TXT in strings of its own', { type: 'TXT', text: 'ab', strings: ['a', 'b'] }, '01610162'],
    ['TXT above 255 bytes', { type: 'TXT', text: 'x'.repeat(256) }, `ff${'78'.repeat(255)}0178`],
  ])('holds %s', (_, data, rdata) => {
    const bytes = encodeUpdate(1, { zone: 'a', remove: [], add: [{ name: 'a', data }], ttl: 1 });
    const length = (rdata.length / 2).toString(16).padStart(4, '0');
    expect(bytes.toString('hex').endsWith(`00000001${length}${rdata}`)).toBe(true);
  });
});

describe('a TSIG signature', () => {
  const message = encodeUpdate(0x1234, { zone: 'a', remove: [], add: [], ttl: 1 });

  // The expected value was computed by hand from RFC 8945 section 4.3.3; knot accepts the same.
  test('is over the message, the key, the algorithm and the time', () => {
    const { bytes, mac } = sign(message, KEY, NOW);
    expect(bytes.readUInt16BE(10)).toBe(1);
    expect(bytes.subarray(0, 10)).toEqual(message.subarray(0, 10));
    expect(mac.toString('hex')).toBe(
      '598e6495c76207b4f35e0b9e4c525226c20c1a0f99c96d1503a4928b7b26ed1a',
    );
  });

  /** An answer of a server that has the key. */
  const answerTo = (requestMac: Buffer, key = KEY, time = NOW): Buffer => {
    const answer = Buffer.from(message);
    answer.writeUInt16BE(0xa800, 2);
    const prefix = Buffer.alloc(2);
    prefix.writeUInt16BE(requestMac.length);
    // The request's MAC goes before the answer into the signature (RFC 8945 section 5.3.1).
    const { mac } = sign(Buffer.concat([prefix, requestMac, answer]), key, time);
    const { bytes } = sign(answer, key, time);
    mac.copy(bytes, bytes.length - 6 - mac.length);
    return bytes;
  };

  test('of an answer is verified together with the request', () => {
    const { mac } = sign(message, KEY, NOW);
    const answer = answerTo(mac);
    expect(verify(answer, KEY, mac, NOW)).toEqual({ signature: 'right', error: 0 });
    expect(updateProblem(answer, 'a', KEY, mac, NOW)).toBeUndefined();
  });

  test('of an answer is wrong for another request, time, key or content', () => {
    const { mac } = sign(message, KEY, NOW);
    const answer = answerTo(mac);
    const otherKey = { ...KEY, secret: Buffer.from('other') };
    const changed = Buffer.from(answer);
    changed.writeUInt8(0x81, 3);
    for (const [bytes, key, requestMac, now] of [
      [answer, KEY, Buffer.alloc(32), NOW],
      [answer, KEY, mac, NOW + 301],
      [answer, otherKey, mac, NOW],
      [changed, KEY, mac, NOW],
    ] as const)
      expect(verify(bytes, key, requestMac, now).signature).toBe('wrong');
  });

  test('that is missing is not taken for success', () => {
    const answer = Buffer.from(message);
    answer.writeUInt16BE(0xa800, 2);
    expect(updateProblem(answer, 'a', KEY, Buffer.alloc(32), NOW)).toMatch(/does not sign/);
  });

  test.each([
    [16, /secret of the key lab is another one/],
    [17, /does not know the key lab with hmac-sha256/],
    [18, /our clock \(BADTIME\): it is 1000 s behind/],
    [22, /BADTRUNC/],
  ])('TSIG error %i is said in words', (error, text) => {
    // As servers answer: the error, no MAC; with BADTIME their own clock.
    const time = '00006b030f80012c';
    const clock = (NOW + 1000).toString(16).padStart(12, '0');
    const other = error === 18 ? `0006${clock}` : '0000';
    const tail = `${time}00001234${error.toString(16).padStart(4, '0')}${other}`;
    const answer = withTsig(message, Buffer.concat([ALGORITHM, Buffer.from(tail, 'hex')]));
    const mac = Buffer.alloc(32);
    expect(updateProblem(answer, 'a', KEY, mac, NOW)).toMatch(text);
  });

  const ALGORITHM = Buffer.from('\u000bhmac-sha256\u0000', 'latin1');

  const withTsig = (unsigned: Buffer, rdata: Buffer): Buffer => {
    const header = Buffer.from('036c61620000fa00ff000000000000', 'hex');
    header.writeUInt16BE(rdata.length, header.length - 2);
    const bytes = Buffer.concat([unsigned, header, rdata]);
    bytes.writeUInt16BE(0xa809, 2);
    bytes.writeUInt16BE(1, 10);
    return bytes;
  };

  test.each([
    ['nothing', ''],
    ['a header only', '123428090001000000000001'],
    ['a record cut off', '12342809000000000000000100'],
    ['a name without end', `123428090000000000000001${'3f'.repeat(20)}`],
    ['a TSIG record without content', '1234280900000000000000010000fa00ff000000000000'],
  ])('survives %s', (_, hex) => {
    const bytes = Buffer.from(hex, 'hex');
    if (bytes.length < 12) expect(() => verify(bytes, KEY, Buffer.alloc(32), NOW)).toThrow();
    else expect(updateProblem(bytes, 'a', KEY, Buffer.alloc(32), NOW)).toMatch(/not DNS/);
  });
});

describe('sending', () => {
  const update = { zone: 'a', remove: [], add: [], ttl: 1 };

  test.each([
    [4, /knows no dynamic updates/],
    [5, /does not let the key lab change a \(REFUSED\)/],
    [9, /not the primary server/],
    [11, /code 11/],
  ])('says what the answer %i means', async (rcode, text) => {
    const server = await startFake('127.0.0.13', 0, ({ bytes }) => {
      const answer = Buffer.from(bytes.subarray(0, 12));
      answer.writeUInt16BE(0xa800 | rcode, 2);
      answer.fill(0, 4);
      return [answer];
    });
    await expect(sendUpdate(server, update, KEY)).rejects.toThrow(text);
    await server.close();
  });

  test('says that nobody listens', async () => {
    const server = { address: '127.0.0.14', port: 9 };
    await expect(sendUpdate(server, update, KEY)).rejects.toThrow(/no DNS server that listens/);
  });
});

describe('a key file', () => {
  const secret = KEY.secret.toString('base64');
  test.each([
    ['of BIND', `key "lab" {\n\talgorithm hmac-sha256;\n\tsecret "${secret}";\n};\n`],
    [
      'of BIND in one line, with comments',
      `// by hand\nkey lab { algorithm HMAC-SHA256; secret ${secret}; }; # end`,
    ],
    [
      'of knot',
      `# hmac-sha256:lab:${secret}\nkey:\n- id: lab\n  algorithm: hmac-sha256\n  secret: ${secret}\n`,
    ],
    [
      'of knot, quoted',
      `key:\n  - id: "lab"\n    algorithm: "hmac-sha256"\n    secret: "${secret}"\n`,
    ],
    ['in one line', `hmac-sha256:lab:${secret}\n`],
  ])('%s', (_, text) => {
    expect(parseKey(text, 'x.key')).toEqual(KEY);
  });

  test.each([
    ['empty', '', /no TSIG key/],
    ['of ssh', '-----BEGIN OPENSSH PRIVATE KEY-----\n', /no TSIG key/],
    ['with an old algorithm', `hmac-md5:lab:${secret}`, /"hmac-md5" is not supported/],
    ['with a broken secret', 'hmac-sha256:lab:???', /not base64/],
    ['with an endless name', `hmac-sha256:${'x'.repeat(300)}:${secret}`, /too long/],
  ])('%s is refused', (_, text, message) => {
    expect(() => parseKey(text, 'x.key')).toThrow(KeyFileError);
    expect(() => parseKey(text, 'x.key')).toThrow(message);
    expect(() => parseKey(text, 'x.key')).toThrow(/^x\.key: /);
  });
});

describe('changes', () => {
  const changesIn = (zone: readonly ZoneRecord[], facts = FACTS) => {
    const answers = zone.map((record): ResourceRecord => ({ ttl: 300, ...record }));
    const message = {
      rcode: 'NOERROR',
      authoritative: true,
      truncated: false,
      answers,
      authorities: [],
      additionals: [],
    };
    const question = { name: 'all.example', type: 'TXT' } as const;
    const view = createView('ns', [{ question, reply: { kind: 'message', message } }], true);
    return planChanges(relayChecks(facts), facts, view);
  };
  const txt = (text: string) => ({ type: 'TXT', text }) as const;
  const a = (address: string) => ({ type: 'A', address }) as const;
  const edit = (name: string, data: RecordEdit['data']): RecordEdit => ({ name, data });
  const www = `www.${DOMAIN}`;
  const SPF = edit(DOMAIN, txt('v=spf1 a ~all'));

  test('none in a zone that is right', () => {
    expect(changesIn(healthyZone())).toEqual({ remove: [], add: [] });
  });

  test('all in an empty zone', () => {
    const { remove, add } = changesIn([]);
    expect(remove).toEqual([]);
    expect(add).toHaveLength(15);
  });

  type Case = [string, string, string, ZoneRecord['data'][], RecordEdit[], RecordEdit[]];
  const cases: Case[] = [
    ['what means the same stays', DOMAIN, 'TXT', [txt('v=spf1 +all')], [], []],
    ['other TXT records stay', DOMAIN, 'TXT', [txt('other')], [], [SPF]],
    [
      'only the SPF record goes',
      DOMAIN,
      'TXT',
      [txt('other'), txt('v=spf1 -all')],
      [edit(DOMAIN, txt('v=spf1 -all'))],
      [SPF],
    ],
    [
      'one of two SPF records goes',
      DOMAIN,
      'TXT',
      [txt('v=spf1 a ~all'), txt('v=spf1 -all')],
      [edit(DOMAIN, txt('v=spf1 -all'))],
      [],
    ],
    [
      'a wrong address goes, the right one stays',
      DOMAIN,
      'A',
      [a(ADDRESS), a('192.0.2.9')],
      [edit(DOMAIN, a('192.0.2.9'))],
      [],
    ],
    [
      'addresses make room for a CNAME',
      www,
      'CNAME',
      [a('192.0.2.9')],
      [edit(www, a('192.0.2.9'))],
      [edit(www, { type: 'CNAME', target: DOMAIN })],
    ],
    [
      "another authority's CAA stays",
      DOMAIN,
      'CAA',
      [{ type: 'CAA', flags: 0, tag: 'issue', value: 'other.example' }],
      [],
      [
        edit(DOMAIN, {
          type: 'CAA',
          flags: 0,
          tag: 'issue',
          value: 'letsencrypt.org;accounturi=https://acme.example/acct/1',
        }),
      ],
    ],
  ];
  test.each(cases)('%s', (_, name, type, existing, remove, add) => {
    expect(changesIn(withRecords(healthyZone(), name, type, existing))).toEqual({ remove, add });
  });

  test('an SPF record that forbids goes also while the relay has no address there', () => {
    const { remove } = changesIn([{ name: DOMAIN, data: txt('v=spf1 -all') }]);
    expect(remove).toEqual([edit(DOMAIN, txt('v=spf1 -all'))]);
  });

  test('nothing else in the zone is touched', () => {
    const others: ZoneRecord[] = [
      { name: `mail.${DOMAIN}`, data: a('192.0.2.77') },
      { name: 'example', data: txt('v=spf1 -all') },
      { name: `other._domainkey.${DOMAIN}`, data: txt('v=DKIM1;p=') },
    ];
    expect(changesIn(others).remove).toEqual([]);
  });

  test('an IPv6 address goes that the host does not have', () => {
    const facts = { ...FACTS, addresses: { v4: [ADDRESS], v6: [] } };
    const gone = edit(DOMAIN, { type: 'AAAA', address: '2001:db8::10' });
    expect(changesIn(healthyZone(), facts)).toEqual({ remove: [gone], add: [] });
  });
});
