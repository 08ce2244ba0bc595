/** Where a terminal command writes and what it may assume of the screen. */
export interface Screen {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Standard error is a terminal: a status line may be drawn and erased. */
  readonly interactive: boolean;
  readonly columns: number;
}

/** One status line on standard error that is replaced as work proceeds; silent if standard error isn't a terminal. */
export function statusLine(screen: Screen): { readonly show: (text: string) => void; readonly clear: () => void } {
  const erase = '\r\u001b[2K';
  return {
    show: (text) => {
      if (screen.interactive) screen.err(`${erase}… ${text}`.slice(0, screen.columns + erase.length));
    },
    clear: () => {
      if (screen.interactive) screen.err(erase);
    },
  };
}
