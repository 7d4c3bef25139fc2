import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licence of one package. */
export interface Licence {
  readonly name: string;
  readonly version: string;
  /** SPDX expression from its package.json. */
  readonly id: string;
  /** Contents of its licence and notice files, or the reason why it has none. */
  readonly text: string;
}

/** Packages that may lack a licence file, by name, with the reason. At present there is no such package. */
const WITHOUT_FILE: Readonly<Record<string, string>> = {};

/**
 * Licences of the packages that contain the files, sorted by name. Each version appears once.
 *
 * @param files Relative to the root, with slashes, as in esbuild's metafile.
 * @throws Error that names every package without an SPDX expression or without a licence file.
 */
export const readLicences = (
  files: readonly string[],
  root: string,
  withoutFile: Readonly<Record<string, string>> = WITHOUT_FILE,
): readonly Licence[] => {
  const licences = new Map<string, Licence>();
  const faults: string[] = [];
  for (const folder of packageFolders(files)) {
    const { name, version, license: id } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const text = readTexts(join(root, folder)) ?? withoutFile[name];
    if (typeof id !== 'string') faults.push(`${name} ${version} in ${folder} ${WITHOUT_ID}`);
    else if (text === undefined) faults.push(`${name} ${version} in ${folder} ${WITHOUT_TEXT}`);
    else licences.set(`${name}@${version}`, { name, version, id, text });
  }
  if (faults.length > 0) throw new Error(`The bundle contains packages without a licence:\n${faults.join('\n')}`);
  return [...licences.values()].sort((one, other) =>
    `${one.name}@${one.version}` < `${other.name}@${other.version}` ? -1 : 1,
  );
};

/** Text of the licence file. Packages with the same text are listed above it, so it appears once. */
export const formatLicences = (licences: readonly Licence[]): string => {
  const byText = Map.groupBy(licences, ({ text }) => text);
  const sections = [...byText].map(([text, packages]) =>
    [...packages.map(({ name, version, id }) => `${name} ${version} (${id})`), '', text].join('\n'),
  );
  return `${['This bundle contains the following packages.', ...sections].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
};

const WITHOUT_ID = 'has no SPDX expression in the field license of its package.json. Bundle another package.';
const WITHOUT_TEXT =
  'has no licence file. Bundle another package, or list this one in WITHOUT_FILE in infra/construct/third-party-licences.ts with the reason.';

/** Folders of the packages that contain the files, such as `node_modules/a/node_modules/b`. */
export const packageFolders = (files: readonly string[]): ReadonlySet<string> =>
  new Set(files.flatMap((file) => PACKAGE_FOLDER.exec(file)?.[1] ?? []));

/** Captures the folder of the innermost package. */
const PACKAGE_FOLDER = /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//;

const readTexts = (folder: string): string | undefined => {
  const files = readdirSync(folder).sort();
  if (!files.some((file) => LICENCE_FILE.test(file))) return undefined;
  return files
    .filter((file) => LICENCE_FILE.test(file) || NOTICE_FILE.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').trim())
    .join('\n\n');
};

const LICENCE_FILE = /^(?:licen[cs]e|copying)(?:[.-]|$)/i;
/** Section 4(d) of the Apache License requires a copy of this file. */
const NOTICE_FILE = /^notice(?:\.|$)/i;
