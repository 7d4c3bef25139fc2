import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { VERIFY_CHECKS } from '../../src/cli/verify/checks.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Files that git tracks or would add, relative to the root. */
const FILES: readonly string[] = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)));

/** Names of all files, except those that exist to break a dependency rule. */
const FILE_NAMES: ReadonlySet<string> = new Set(
  FILES.filter((file) => !file.startsWith('test/suites/structure/broken/')).map((file) => basename(file)),
);

const FOLDERS: readonly string[] = [
  ...new Set(FILES.filter((file) => file.includes('/')).map((file) => file.split('/')[0] as string)),
];

/** The first group of every match, without duplicates. */
const findAll = (text: string, pattern: RegExp): readonly string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, found]) => found as string)),
];

const withoutCodeBlocks = (text: string): string => text.replace(/^```.*?^```/gms, '');

/** Anchors of the headings, as GitHub builds them. */
const anchorsOf = (text: string): readonly string[] =>
  findAll(withoutCodeBlocks(text), /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

const isMissingLink = (document: string, text: string, link: string): boolean => {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? document : relative(ROOT, resolve(ROOT, dirname(document), path));
  if (path !== '' && !existsSync(join(ROOT, file))) return true;
  const target = file === document ? text : readFileSync(join(ROOT, file), 'utf8');
  return anchor !== undefined && !anchorsOf(target).includes(anchor);
};

/** A path from the root that starts with a folder of the repository, in prose and in code. URLs are excluded. */
const PATH = new RegExp(
  `(?<![\\w./-])((?:${FOLDERS.map((folder) => folder.replaceAll('.', '\\.')).join('|')})/[\\w./-]*)`,
  'g',
);

/** Inline code that is the name of a file, such as `handler.ts`. */
const FILE_NAME = /`(\.?[\w-]+(?:\.[\w-]+)*\.(?:ts|mjs|json|md|py|svg|yml))`/g;

/** Mark of a statement that only AWS can confirm. */
const MARK = /\*not\s+yet\s+verified\s+on\s+AWS\*/;

const CHECK_NAMES: readonly string[] = VERIFY_CHECKS.map(({ name }) => `\`${name}\``);

/** Paragraphs, items of lists and rows of tables with the mark, without the name of a check that confirms them. */
const unconfirmedIn = (text: string): readonly string[] =>
  text
    .split(/\n{2,}|\n(?=[|-])/)
    .filter((part) => MARK.test(part))
    .filter((part) => !(/no check\s+of\s+`verify`/.test(part) || CHECK_NAMES.some((name) => part.includes(name))))
    .map((part) => `no check is named for: ${part.trim()}`);

const faultsOf = (document: string, text: string): readonly string[] => [
  ...findAll(text, /\]\((?!https?:)([^)\s]+)\)/g)
    .filter((link) => isMissingLink(document, text, link))
    .map((link) => `no target for the link ${link}`),
  ...findAll(text, PATH)
    .map((path) => path.replace(/\.$/, ''))
    .filter((path) => !existsSync(join(ROOT, path)))
    .map((path) => `no file or folder ${path}`),
  ...findAll(withoutCodeBlocks(text), FILE_NAME)
    .filter((name) => !FILE_NAMES.has(name))
    .map((name) => `no file with the name ${name}`),
  ...findAll(text, /npm run (?:--silent )?([\w:-]*\w)/g)
    .filter((script) => !Object.hasOwn(packageJson.scripts, script))
    .map((script) => `no script ${script} in package.json`),
];

describe('documents', () => {
  test.each(FILES.filter((file) => file.endsWith('.md') || file === '.ci/run'))(
    '%s names only files, links and scripts that exist',
    (document) => {
      expect(faultsOf(document, readFileSync(join(ROOT, document), 'utf8'))).toEqual([]);
    },
  );
});

describe('statements that only AWS can confirm', () => {
  /** The changelog repeats statements of the other documents. */
  const documents = FILES.filter((file) => file.endsWith('.md') && file !== 'CHANGELOG.md');

  test.each(documents)('have the name of a check of verify in %s', (document) => {
    expect(unconfirmedIn(readFileSync(join(ROOT, document), 'utf8'))).toEqual([]);
  });

  test.each([
    'It streams (*not yet verified on AWS*).',
    'It streams (*not yet\nverified on AWS*; check `unknown`).',
    '| a | *not yet verified on AWS* |\n| b | `head` |',
  ])('are reported without one: %j', (text) => {
    expect(unconfirmedIn(text)).toHaveLength(1);
  });

  test.each([
    'It streams (*not yet verified on AWS*; check\n`head`).',
    'It streams (*not yet verified on AWS*; no check of `verify`).',
    'It streams.',
  ])('are accepted with one: %j', (text) => {
    expect(unconfirmedIn(text)).toEqual([]);
  });
});

test('docs/cli.md lists every check of verify', () => {
  const [, section = ''] = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8').split('\n## verify\n');
  const rows = section.split('\n').filter((line) => /^\| `[a-z]/.test(line));
  expect(rows).toEqual(
    VERIFY_CHECKS.map(({ name, expected, meaning }) => `| \`${name}\` | ${expected} | ${meaning} |`),
  );
});

describe('the check of documents', () => {
  const page = 'docs/page.md';

  test.each([
    ['a link to a missing file', '[page](missing.md)', 'no target for the link missing.md'],
    ['a link to a missing heading', '[page](../README.md#missing)', 'no target for the link ../README.md#missing'],
    ['a link to a missing heading of its page', '# Page\n[part](#part)', 'no target for the link #part'],
    ['a heading that is only in a code block', '```\n# part\n```\n[part](#part)', 'no target for the link #part'],
    ['a path of a missing file', 'See `src/missing.ts`.', 'no file or folder src/missing.ts'],
    ['a path in prose', 'See docs/missing.md.', 'no file or folder docs/missing.md'],
    ['a path in a code block', '```sh\nnode bench/missing.ts\n```', 'no file or folder bench/missing.ts'],
    ['the name of a missing file', 'See `missing.ts`.', 'no file with the name missing.ts'],
    ['a missing script', 'Run `npm run missing:script`.', 'no script missing:script in package.json'],
    ['a missing script with --silent', 'npm run --silent missing -- --help', 'no script missing in package.json'],
  ])('reports %s', (_, text, fault) => {
    expect(faultsOf(page, text)).toEqual([fault]);
  });

  test.each([
    ['a link to a heading with punctuation', '[page](../README.md#use-the-package-in-another-lambda)'],
    ['a link to a heading of its page', '# The `page`, again\n[top](#the-page-again)'],
    ['a link to a website', '[site](https://example.com/src/missing.ts#part)'],
    ['paths and names of files', '`src/domain/index.ts`, `test/suites/`, bench/run.ts. `handler.ts`, `package.json`'],
    ['the name of an example file in a code block', '```sh\nimages-api explain a.jpg --mapping mapping.json\n```'],
    ['a module of the package', '`images-api/domain` and `partners/67/original.jpeg`'],
    ['a script', 'npm run --silent images-api -- explain'],
  ])('accepts %s', (_, text) => {
    expect(faultsOf(page, text)).toEqual([]);
  });
});
