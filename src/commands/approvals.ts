import { defined } from '../model/values/defined.ts';
import type { CommandEntry } from './command.ts';
import { mistake } from './grammar/options.ts';
import { places } from './grammar/workload.ts';

/** `approvals [-c CLUSTER]` */
export const approvals: CommandEntry = {
  word: 'approvals',
  spellings: [],
  permission: 'approvals',
  section: 'changes',
  takesText: false,
  help: {
    usage: 'approvals [-c cluster]',
    summary: 'Lists the plans that wait for a decision.',
    examples: ['approvals'],
    overview: [['approvals', 'what waits for a decision']],
  },
  read({ positional: [, extra], namespace, cluster }) {
    const meant = ['approvals', ...places(defined({ cluster }))].join(' ');
    if (extra !== undefined) return mistake('`approvals` lists what waits for a decision; it takes -c only.', meant);
    if (namespace !== undefined) return mistake('`approvals` has no option -n; it takes -c only.', meant);
    return { ok: true, command: { type: 'approvals', ...defined({ cluster }) } };
  },
  format: (command) => (command.type === 'approvals' ? ['approvals', ...places(command)] : undefined),
  opensForm: () => false,
};
