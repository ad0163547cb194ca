import { describe, expect, it } from 'vitest';
import { irohEntry } from '../../../src/chatmaild/metadata/iroh.ts';

const mail_domain = 'chat.test';

describe('irohEntry', () => {
  it('is what the operator named, or nothing', async () => {
    const iroh_relay = 'https://iroh.test';
    expect(await irohEntry({ iroh_relay, mail_domain })()).toBe(iroh_relay);
    expect(await irohEntry({ iroh_relay: undefined, mail_domain })()).toBeUndefined();
  });

  it('is this relay while its own one runs, and asks no more than every few seconds', async () => {
    let running = false;
    let asked = 0;
    let now = 0;
    const isRunning = () => {
      asked += 1;
      return Promise.resolve(running);
    };
    const entry = irohEntry({ iroh_relay: 'local', mail_domain }, isRunning, () => now);
    expect(await entry()).toBeUndefined();
    running = true;
    expect(await entry()).toBeUndefined();
    expect(asked).toBe(1);
    now += 6000;
    expect(await entry()).toBe('https://chat.test');
    expect(asked).toBe(2);
  });
});
