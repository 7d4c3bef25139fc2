import { describe, expect, it } from 'vitest';
import { fillBlocks, toMarkdown } from '../../bench/markdown.ts';

const block = (name: string, text: string): string =>
  `<!-- Written by npm run docs: ${name}. -->\n\n${text}\n\n<!-- End of ${name}. -->`;

describe('fillBlocks', () => {
  it('replaces the text between the markers and keeps the rest of the page', () => {
    const page = (one: string, other: string) =>
      `Before\n${block('one', one)}\nBetween\n${block('other', other)}\nAfter\n`;
    expect(fillBlocks(page('old', 'older'), 'docs', { one: 'new', other: 'newer' })).toBe(page('new', 'newer'));
  });

  it('fails if the page has no markers for a block', () => {
    expect(() => fillBlocks('A page', 'docs', { one: 'new' })).toThrow(
      'The page lacks the line "<!-- Written by npm run docs: one. -->" or, below it, "<!-- End of one. -->". Add both.',
    );
  });

  it('fails if the page has a block that nothing fills', () => {
    expect(() => fillBlocks(block('one', 'old'), 'docs', {})).toThrow(
      'npm run docs has no block named one. Remove it.',
    );
  });
});

describe('toMarkdown', () => {
  const TABLE = [
    ['', 'size'],
    ['a', '1'],
  ];

  it('aligns figures to the right', () => {
    expect(toMarkdown(TABLE)).toBe('|  | size |\n| --- | ---: |\n| a | 1 |');
  });

  it('aligns text to the left', () => {
    expect(toMarkdown(TABLE, 'text')).toBe('|  | size |\n| --- | --- |\n| a | 1 |');
  });
});
