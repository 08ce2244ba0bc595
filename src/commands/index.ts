import { remedies } from '../remedies/index.ts';
import { approvals } from './approvals.ts';
import { changeCommand } from './change.ts';
import { check } from './check.ts';
import type { CommandEntry } from './command.ts';
import { explain } from './explain.ts';
import { help } from './help.ts';
import { history } from './history.ts';
import { image } from './image.ts';
import { undoById } from './undo.ts';
import { use } from './use.ts';

const before = [check, image, explain];
const after = [undoById, approvals, history, use, help];
const added = new Set<CommandEntry>();

/** Every command, each once, in the order of the help; those of remedies come with their remedy. */
export const commands = {
  all: (): readonly CommandEntry[] => [...before, ...ofRemedies(), ...added, ...after],
  /** The command that a word starts. */
  find: (word: string): CommandEntry | undefined => commands.all().find((entry) => spellingsOf(entry).includes(word)),
  /** Adds a command for a limited time, and returns a function that removes it. Throws if one of its words is taken. */
  add(entry: CommandEntry): () => void {
    const taken = spellingsOf(entry).find((word) => commands.find(word) !== undefined);
    if (taken !== undefined) throw new Error(`there is a command ${taken} already`);
    added.add(entry);
    return () => void added.delete(entry);
  },
};

/** All words that start a command, the canonical one first. */
export function spellingsOf({ word, spellings }: CommandEntry): readonly string[] {
  return [word, ...spellings];
}

/** The words of the remedies that can be asked for by name. */
export function remedyWords(): readonly string[] {
  return ofRemedies().map(({ word }) => word);
}

function ofRemedies(): readonly CommandEntry[] {
  return remedies
    .all()
    .flatMap(({ id, form, command }) => (command === undefined ? [] : [changeCommand({ id, form, command })]));
}
