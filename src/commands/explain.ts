import type { CommandEntry } from './command.ts';
import { mistake } from './grammar/options.ts';

/** `explain TEXT` */
export const explain: CommandEntry = {
  word: 'explain',
  spellings: [],
  permission: 'explain',
  section: 'questions',
  takesText: true,
  help: {
    usage: 'explain TEXT',
    hint: 'explain TEXT',
    summary: 'Says what an error message means and what to do. Asks neither a cluster nor a registry.',
    examples: ['explain Failed to pull image "redis:alpin": docker.io/library/redis:alpin: not found'],
    overview: [['explain Failed to pull image …', 'what an error text means; from the text alone']],
  },
  read({ positional: [, text = ''] }) {
    const trimmed = text.trim();
    return trimmed === ''
      ? mistake('Paste the error after `explain`: `explain Failed to pull image "web": …`.')
      : { ok: true, command: { type: 'explain', text: trimmed } };
  },
  format: (command) => (command.type === 'explain' ? ['explain', command.text] : undefined),
  opensForm: () => false,
};
