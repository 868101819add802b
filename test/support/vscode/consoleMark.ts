/** Before each line that a suite in the extension host wants to be seen: an invisible separator that no log line starts with. */
export const CONSOLE_MARK = '\u2063';
