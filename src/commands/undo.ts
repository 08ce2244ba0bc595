import type { CommandEntry } from './command.ts';
import { mistake } from './grammar/options.ts';
import { cutWord } from './grammar/workload.ts';

/** `undo ID` */
export const undoById: CommandEntry = {
  word: 'undo',
  spellings: [],
  permission: 'undo',
  section: 'changes',
  takesText: false,
  help: {
    usage: 'undo ID',
    summary:
      'Takes back a change, by the id that its plan and its result show. It is planned and approved like any other.',
    examples: ['undo 7F3K2QXD'],
    overview: [['undo 7F3K2QXD', 'take back what a change did']],
  },
  /**
   * Parses ids as Crockford's base 32 requires: not case-sensitive, `O` is 0, `I` and `L` are 1, dashes are ignored.
   */
  read({ positional: [, typed, ...more] }) {
    if (typed === undefined) {
      return mistake('Say which change: `undo 7F3K2QXD`. The ID is in its result and in `history`.');
    }
    const id = typed.replace(/^#/, '').replaceAll('-', '').toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
    if (!/^[0-9A-HJKMNP-TV-Z]{8}$/.test(id)) {
      return mistake(
        `\`${cutWord(typed)}\` isn’t a change ID: IDs have eight digits and letters other than U, such as 7F3K2QXD.`,
      );
    }
    if (more.length > 0) return mistake(`\`${cutWord(more[0] ?? '')}\` is one word too many: one change at a time.`);
    return { ok: true, command: { type: 'undo', id } };
  },
  format: (command) => (command.type === 'undo' ? ['undo', command.id] : undefined),
  opensForm: () => false,
};
