import { expect, test } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { relayBlueprint } from '../../src/relay/blueprint.ts';
import { mailDomainOf } from '../../src/relay/mail-domain.ts';

test('the domain of a relay is read off what is to be on its host', () => {
  const config = configSchema.parse({ mail_domain: 'old.example' });
  expect(mailDomainOf(relayBlueprint(config, '1.2.3', []))).toBe('old.example');
  expect(mailDomainOf({ parts: () => [] })).toBeUndefined();
});
