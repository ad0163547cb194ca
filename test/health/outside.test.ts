import { describe, expect, test } from 'vitest';
import {
  lookFromOutside,
  outsideWitness,
  regressions,
  type Sighting,
} from '../../src/health/outside.ts';
import { serve } from '../chatmaild/probe/fake-server.ts';
import { selfSigned } from '../support/certificates.ts';

const PEM = selfSigned('_x.test');

const good = (port: number): Sighting => ({ port, state: 'good' });
const refused = (port: number): Sighting => ({ port, state: 'refused', problem: 'it has ended' });
const silent = (port: number): Sighting => ({ port, state: 'silent', problem: 'no route' });

describe('what has become worse', () => {
  test.each<[string, Sighting, Sighting, string[]]>([
    ['good as before', good(25), good(25), []],
    ['never answered', silent(25), silent(25), []],
    ['refused as before', refused(25), refused(25), []],
    ['better', silent(25), refused(25), []],
    ['gone', good(25), silent(25), ['port 25 no longer answers, seen from here: no route']],
    [
      'gone, refused before',
      refused(1),
      silent(1),
      ['port 1 no longer answers, seen from here: no route'],
    ],
    [
      'refused now',
      good(1),
      refused(1),
      ['port 1 serves what clients refuse, seen from here: it has ended'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(regressions([before], [after])).toEqual(expected);
  });
});

/** A host whose port 993 speaks IMAP as long as `up` says so; the others are closed. */
const imapHost = async (up: () => boolean, mailDomain = '_x.test') => {
  const port = await serve(async (peer) => {
    if (!up()) return void peer.socket.destroy();
    const secure = peer.secure(PEM);
    secure.send('* OK ready');
    await secure.line();
    secure.socket.end();
  });
  // Port 1 of this machine: nobody listens there.
  return { host: '127.0.0.1', mailDomain, locate: (wanted: number) => (wanted === 993 ? port : 1) };
};

describe('a look from outside', () => {
  const at993 = async (mailDomain: string) =>
    (await lookFromOutside(await imapHost(() => true, mailDomain))).find(
      ({ port }) => port === 993,
    );

  test('an answer, and none', async () => {
    const sights = await lookFromOutside(await imapHost(() => true));
    expect(sights.filter(({ state }) => state === 'good')).toEqual([good(993)]);
    expect(sights.filter(({ state }) => state === 'silent')).toHaveLength(6);
  });

  test('a certificate for another name, or that nobody vouches for', async () => {
    expect(await at993('_y.test')).toMatchObject({
      state: 'refused',
      problem: 'it is not for _y.test',
    });
    expect(await at993('x.test')).toMatchObject({ state: 'refused' });
    const target = { ...(await imapHost(() => true, 'x.test')), anyCertificate: true };
    expect(await lookFromOutside(target)).toContainEqual(good(993));
  });
});

describe('the witness', () => {
  test('has no complaints about what never answered', async () => {
    const witness = outsideWitness(await imapHost(() => false));
    await witness.before();
    expect(await witness.after()).toEqual([]);
  });

  test('complains about what was lost', async () => {
    let up = true;
    const witness = outsideWitness(await imapHost(() => up));
    await witness.before();
    expect(await witness.after()).toEqual([]);
    up = false;
    expect(await witness.after()).toEqual([
      expect.stringContaining('port 993 no longer answers, seen from here: '),
    ]);
  });

  test("forgives a moment's trouble", async () => {
    let looks = 0;
    const host = await imapHost(() => {
      looks += 1;
      return looks !== 2;
    });
    const witness = outsideWitness(host);
    await witness.before();
    expect(await witness.after()).toEqual([]);
    expect(looks).toBe(3);
  });
});
