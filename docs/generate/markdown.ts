/** A Markdown table, its columns as wide as their widest cell. Bars inside cells are escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) =>
    cells.map((cell) => cell.replace(/\n/g, ' ').replaceAll('|', '\\|')),
  );
  const widths = head.map((_, column) => Math.max(3, ...lines.map((cells) => [...cells[column]].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell + ' '.repeat(widths[i] - [...cell].length)).join(' | ')} |`;
  const [titles, ...others] = lines.map(line);
  return [titles, line(widths.map((width) => '-'.repeat(width))), ...others].join('\n');
}

/** Text as code, for a table's cell or a sentence. */
export const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

/** Text without what Markdown, or a page's template, would read as something else: `{x}`, `<x>`, `*`. */
export const plain = (text: string): string =>
  text.replace(/[<>]/g, (sign) => (sign === '<' ? '&lt;' : '&gt;')).replaceAll('*', '\\*');
