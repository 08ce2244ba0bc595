import type { TerminalCommand } from '../../terminal/command.ts';
import { terminalAll } from './all.ts';
import { terminalAudit } from './audit.ts';
import { terminalBot } from './bot.ts';
import { terminalCheck } from './check.ts';
import { terminalExplain } from './explain.ts';
import { terminalFix } from './fix.ts';
import { terminalHelp } from './help.ts';
import { terminalImage } from './image.ts';
import { terminalKeys } from './keys.ts';
import { terminalPlan } from './plan.ts';
import { terminalRbac } from './rbac.ts';
import { terminalRedisAcl } from './redis-acl.ts';
import { terminalSandbox } from './sandbox.ts';
import { terminalSlackManifest } from './slack-manifest.ts';
import { terminalVersion } from './version.ts';
import { terminalWorker } from './worker.ts';

/** Every command of the terminal, each once, in the order of the help. */
export const terminalCommands: readonly TerminalCommand[] = [
  terminalCheck,
  terminalImage,
  terminalExplain,
  terminalPlan,
  terminalFix,
  terminalAll,
  terminalBot,
  terminalWorker,
  terminalSandbox,
  terminalRbac,
  terminalRedisAcl,
  terminalKeys,
  terminalAudit,
  terminalSlackManifest,
  terminalHelp,
  terminalVersion,
];
