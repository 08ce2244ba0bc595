import type { TerminalCommand } from '../../terminal/command.ts';

/** `imagecheck explain` */
export const terminalExplain: TerminalCommand = {
  name: 'explain',
  section: 'questions',
  overview: ['explain TEXT', 'what an error text means (or on standard input)'],
  flags: { json: { type: 'boolean' }, jsonl: { type: 'boolean' } },
  help: `Usage: imagecheck explain TEXT [--json]
       kubectl describe pod web-0 | imagecheck explain
       imagecheck explain --jsonl < LINES

Says what a kubelet, containerd, CRI-O or registry message means. A text alone is never the whole evidence: the answer
names the probe that would confirm it.

      --json                the explanation as JSON
      --jsonl               lines {"id","message","image"?,"event_reason"?} in, lines {"id","cause","also","confidence",
                            "meaning","next"} out; exit 2 at the end when a line was something else

Example:
  imagecheck explain 'Failed to pull image "web": ... 429 Too Many Requests'
`,
  async run(args) {
    const [{ explainCommand }, { processStreams }] = await Promise.all([
      import('../../terminal/explain-command.ts'),
      import('../../terminal/streams.ts'),
    ]);
    return explainCommand(args, processStreams());
  },
};
