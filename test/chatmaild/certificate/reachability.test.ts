import { expect, it } from 'vitest';
import { obstacles, type WebServer } from '../../../src/chatmaild/certificate/reachability.ts';

const records: Record<string, readonly string[]> = {
  'a.test': ['192.0.2.1', '2001:db8::1'],
  'www.a.test': [],
  'mta-sts.a.test': ['192.0.2.9'],
};
const lookUp = (name: string) => Promise.resolve(records[name] ?? []);
const always = (answer: WebServer) => () => Promise.resolve(answer);

it('finds nothing wrong with names that lead here', async () => {
  expect(await obstacles(['a.test', 'mta-sts.a.test'], lookUp, always('this host'))).toEqual([]);
});

it('names the record that is missing', async () => {
  expect(await obstacles(Object.keys(records), lookUp, always('this host'))).toEqual([
    'www.a.test has no A or AAAA record',
  ]);
});

it('names the address at which somebody else answers', async () => {
  const probe = (_: string, address: string) =>
    Promise.resolve<WebServer>(address === '192.0.2.9' ? 'another' : 'this host');
  expect(await obstacles(['a.test', 'mta-sts.a.test'], lookUp, probe)).toEqual([
    'mta-sts.a.test points to 192.0.2.9, where another web server answers',
  ]);
});

it('concludes nothing from an address that it cannot reach from inside', async () => {
  expect(await obstacles(['a.test'], lookUp, always('unreachable'))).toEqual([]);
});

it('tells a name that cannot be looked up from one without records', async () => {
  const broken = () => Promise.reject(Object.assign(new Error('x'), { code: 'ESERVFAIL' }));
  expect(await obstacles(['a.test'], broken, always('this host'))).toEqual([
    expect.stringContaining('a.test cannot be looked up (ESERVFAIL)'),
  ]);
});
