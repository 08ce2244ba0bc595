import { defined } from '../model/values/defined.ts';
import type { CommandEntry } from './command.ts';

/** `help [TOPIC]` */
export const help: CommandEntry = {
  word: 'help',
  spellings: [],
  permission: 'help',
  section: 'questions',
  takesText: false,
  help: {
    usage: 'help [topic]',
    hint: 'help',
    summary: 'Shows this, or one topic of it.',
    examples: ['help', 'help image'],
    overview: [],
  },
  read: ({ positional: [, topic] }) => ({
    ok: true,
    command: { type: 'help', ...defined({ topic: topic?.toLowerCase() }) },
  }),
  format(command) {
    if (command.type !== 'help') return undefined;
    return command.topic === undefined ? ['help'] : ['help', command.topic];
  },
  opensForm: () => false,
};
