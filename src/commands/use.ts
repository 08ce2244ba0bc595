import { defined } from '../model/values/defined.ts';
import type { CommandEntry } from './command.ts';
import { mistake } from './grammar/options.ts';
import { places } from './grammar/workload.ts';

/** `use [-c CLUSTER] [-n NAMESPACE]` */
export const use: CommandEntry = {
  word: 'use',
  spellings: [],
  permission: 'use',
  section: 'questions',
  takesText: false,
  help: {
    usage: 'use [-c cluster] [-n namespace]',
    summary: "Sets this channel's default cluster and namespace; without options it shows them.",
    examples: ['use -c dev-eu -n prod', 'use'],
    overview: [['use -c dev-eu -n prod', "sets this channel's default cluster and namespace"]],
  },
  read({ positional: [, extra], namespace, cluster }) {
    if (extra !== undefined) {
      const meant =
        namespace === undefined ? ['use', ...places({ ...defined({ cluster }), namespace: extra })] : undefined;
      return mistake('`use` takes options only.', meant?.join(' '));
    }
    return { ok: true, command: { type: 'use', ...defined({ namespace, cluster }) } };
  },
  format: (command) => (command.type === 'use' ? ['use', ...places(command)] : undefined),
  opensForm: () => false,
};
