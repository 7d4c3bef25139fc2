/** Rows of cells. The first row is the header. */
export type Table = readonly (readonly string[])[];

/** Formats a table as Markdown, without a newline at the end. Aligns all columns except the first to the right. */
export const toMarkdown = (table: Table, align: 'figures' | 'text' = 'figures'): string => {
  const [header = [], ...rows] = table;
  const rule = header.map((_, column) => (column === 0 || align === 'text' ? '---' : '---:'));
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};

/** Formats a table for a terminal. */
export const toText = (table: Table): string => {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return table.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('');
};

/**
 * Replaces the text between two marker lines of a page.
 *
 * @throws Error if a marker is missing.
 */
export const replaceBetween = (page: string, start: string, end: string, text: string): string => {
  const from = page.indexOf(start);
  const to = page.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`The page lacks the line "${start}" or, below it, "${end}". Add both.`);
  return `${page.slice(0, from + start.length)}\n\n${text}\n\n${page.slice(to)}`;
};

/**
 * Fills the blocks of a hand-written page. Each block stands between `<!-- Written by npm run COMMAND: NAME. -->` and
 * `<!-- End of NAME. -->`.
 *
 * @throws Error if the page lacks a block, or has one that is not in `blocks`.
 */
export const fillBlocks = (page: string, command: string, blocks: Readonly<Record<string, string>>): string => {
  const names = [...page.matchAll(/<!-- Written by npm run [^ ]+: (.+)\. -->/g)].map(([, name]) => name as string);
  const unknown = names.filter((name) => !Object.hasOwn(blocks, name));
  if (unknown.length > 0) throw new Error(`npm run ${command} has no block named ${unknown.join(', ')}. Remove it.`);
  return Object.entries(blocks).reduce(
    (text, [name, block]) =>
      replaceBetween(text, `<!-- Written by npm run ${command}: ${name}. -->`, `<!-- End of ${name}. -->`, block),
    page,
  );
};
