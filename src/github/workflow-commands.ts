/**
 * The runner takes a line for a command when it begins with `::`, after spaces and characters that
 * its comparison ignores, or when it has `##[` anywhere. Both are broken with the escapes that
 * `visible` uses, so that the text is still readable.
 */
export function withoutCommands(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/^([\s\p{M}\p{C}]*):(?=[\p{M}\p{C}]*:)/u, '$1\\x3a').replaceAll('##[', '##\\x5b'))
    .join('\n')
}
