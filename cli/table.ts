import Table, { type TableConstructorOptions } from 'cli-table3';

/** An empty table without colours: they mean nothing in a file and are unreadable on some screens. */
export function plainTable(head: readonly string[], options: TableConstructorOptions = {}): Table.Table {
  return new Table({ head: [...head], style: { head: [], border: [] }, ...options });
}
