import { describe, expect, it, vi } from 'vitest';
import type { Exchanger } from '../../../src/chatmaild/mxsend/exchangers.ts';
import { REMEMBERED_MS, Routes } from '../../../src/chatmaild/mxsend/routes.ts';

const HOST: Exchanger = { host: 'mx.test', verified: true };

const routesWith = (probe: (domain: string) => Promise<Exchanger | undefined>) => {
  const clock = { now: 0 };
  const asked = vi.fn(probe);
  return { clock, asked, routes: new Routes({ probe: asked, now: () => clock.now }) };
};

describe('Routes', () => {
  it('asks once for many messages, and again when the answer is old', async () => {
    const { routes, asked, clock } = routesWith(async () => HOST);
    const found = await Promise.all([routes.find('a.test'), routes.find('a.test')]);
    expect(found).toEqual([HOST, HOST]);
    clock.now = REMEMBERED_MS.taken - 1;
    await routes.find('a.test');
    expect(asked).toHaveBeenCalledTimes(1);
    clock.now = REMEMBERED_MS.taken;
    await routes.find('a.test');
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('asks those that take none sooner', async () => {
    const { routes, asked, clock } = routesWith(async () => undefined);
    expect(await routes.find('a.test')).toBeUndefined();
    clock.now = REMEMBERED_MS.refused;
    await routes.find('a.test');
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('leaves a peer that failed to port 25 for a while', async () => {
    const { routes, clock } = routesWith(async () => HOST);
    await routes.find('a.test');
    routes.avoid('a.test', REMEMBERED_MS.failed);
    expect(await routes.find('a.test')).toBeUndefined();
    clock.now = REMEMBERED_MS.failed;
    expect(await routes.find('a.test')).toBe(HOST);
  });

  it('waits for 200 peers at a time, and for no other one longer', async () => {
    const silent = routesWith(() => new Promise(() => {}));
    for (let n = 0; n < 1000; n += 1) void silent.routes.find(`h${n}.test`);
    expect(silent.asked).toHaveBeenCalledTimes(200);
    expect(await silent.routes.find('one-more.test')).toBeUndefined();
  });

  it('remembers ten thousand', async () => {
    const { routes, asked } = routesWith(async () => HOST);
    for (let n = 0; n <= 10_000; n += 1) await routes.find(`h${n}.test`);
    await routes.find('h10000.test');
    expect(asked).toHaveBeenCalledTimes(10_001);
    await routes.find('h0.test');
    expect(asked).toHaveBeenCalledTimes(10_002);
  });
});
