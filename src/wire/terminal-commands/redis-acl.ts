import type { TerminalCommand } from '../../terminal/command.ts';

/** `imagecheck redis-acl` */
export const terminalRedisAcl: TerminalCommand = {
  name: 'redis-acl',
  section: 'processes',
  overview: ['redis-acl', 'users of Redis with the least rights for bot and worker, for redis-cli'],
  flags: { config: { type: 'string' } },
  help: `Usage: imagecheck redis-acl [--config FILE] | redis-cli

Prints one user of Redis for the bot and one for the worker, each with the commands, keys and channels that it needs. The
users have no password yet; it can be printed and piped again after an upgrade, and passwords stay:
  ACL SETUSER imagecheck-bot on >PASSWORD
Then give each side its URL: redis://imagecheck-bot:PASSWORD@host. \`imagecheck all\` needs the worker's user.

      --config FILE   imagecheck.yaml, for redis.keyPrefix and the form of redis.url
`,
  run: async (args) => (await import('../redis-acl.ts')).redisAcl(args),
};
