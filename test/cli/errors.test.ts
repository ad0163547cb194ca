import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { describeError } from '../../src/cli/errors.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { ConfigError } from '../../src/config/load.ts';
import { PreflightError } from '../../src/engine/examine.ts';
import {
  ConnectionLostError,
  NotRootError,
  RemoteCommandError,
  UnreachableError,
} from '../../src/host/errors.ts';

const described = (error: unknown) => describeError(error, false);

test.each([
  [new ConfigError('chatmail.ini', [{ line: 3, message: 'unknown key' }]), EXIT.usage],
  [new UnreachableError('alpha', 22, 'connection refused', 'Check it.'), EXIT.unreachable],
  [new NotRootError('alpha', 'joe', 'sudo: a password is required'), EXIT.refused],
  [new PreflightError('alpha', []), EXIT.refused],
  [new ConnectionLostError('alpha', 'the host closed it'), EXIT.failed],
])('%s', (error, code) => {
  expect(described(error)).toEqual({ text: error.message, code });
});

test('what the host said cannot drive the terminal', () => {
  const stderr = 'no\u001b]0;title\u0007 \u001b space \u202e\n';
  const { text } = described(
    new RemoteCommandError('alpha', ['false'], { code: 1, stdout: '', stderr }),
  );
  expect(text).toBe(
    'A command on alpha failed with exit code 1:\n  false\n  no \\x1b space \\u{202e}',
  );
});

test('what a command printed is shown without its secrets', () => {
  const stderr = 'cannot parse:\npassword = sesame\n';
  const { text } = described(
    new RemoteCommandError('alpha', ['false'], { code: 1, stdout: '', stderr }),
  );
  expect(text).not.toContain('sesame');
});

test('commander has printed its errors itself', () => {
  const usage = new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'");
  expect(described(usage)).toEqual({ text: '', code: EXIT.usage });
  const help = new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)');
  expect(described(help)).toEqual({ text: '', code: EXIT.ok });
});

test('anything else is our mistake; the stack is for those who ask for it', () => {
  const error = new TypeError('x is not a function');
  expect(described(error).text).toMatch(/^internal error: x is not a function\n.*CMDEPLOY_DEBUG/);
  expect(described(error).text).not.toContain('errors.test.ts');
  expect(describeError(error, true).text).toContain('errors.test.ts');
  expect(described('thrown text')).toMatchObject({ code: EXIT.failed });
});
