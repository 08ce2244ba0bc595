import type { Command, CommandOf } from '../../commands/command.ts';
import type { Bot, Workspace } from './bot.ts';
import type { Reply, Request } from './request.ts';

/** Executes the commands of one meaning; `Needs` lists what it takes of the bot. */
export interface Performer<Type extends Command['type'], Needs extends keyof Bot> {
  /**
   * Whether the channel's cluster and namespace fill in what the command leaves out. Commands that don't use them also
   * work while Redis doesn't respond.
   */
  readonly usesDefaults: boolean;
  readonly perform: (
    bot: Pick<Bot, Needs>,
    workspace: Workspace,
    request: Request,
    command: CommandOf<Type>,
  ) => Promise<Reply>;
}

/** A performer for each of these meanings; a missing one fails to compile. */
export type Performers<Types extends Command['type'], Needs extends keyof Bot> = {
  readonly [Type in Types]: Performer<Type, Needs>;
};
