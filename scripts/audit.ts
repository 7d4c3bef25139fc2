/**
 * `npm run audit`: fails if a package that this project ships has a known vulnerability of severity high or critical.
 * npm's option `--omit=dev` does not suffice, because the packages in the Lambda bundle are development dependencies.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAMBDA_ENTRY, PACKAGE_ROOT, writeBundle } from '../infra/construct/bundling.ts';
import { packageFolders } from '../infra/construct/third-party-licences.ts';

/** The part of the output of `npm audit --json` that this script reads. Without an answer it has only a message. */
export interface AuditReport {
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
  readonly message?: string;
  readonly error?: { readonly summary: string };
}

interface Vulnerability {
  /** Advisories. A name is a dependency that has them. */
  readonly via: readonly (Advisory | string)[];
  /** Folders of the affected packages, relative to the root. */
  readonly nodes: readonly string[];
}

interface Advisory {
  readonly title: string;
  readonly severity: string;
  readonly url: string;
}

/** Whether the registry answered; if so, one line for each advisory of severity high or critical. */
export type Audit =
  | { readonly answered: false; readonly reason: string }
  | { readonly answered: true; readonly shipped: readonly string[]; readonly tools: readonly string[] };

/**
 * Splits the advisories of a report into those of shipped packages and those of development tools.
 *
 * @param shipped Folders of the packages that this project ships.
 * @throws Error if npm failed for another reason than the registry.
 */
export const readAudit = (report: AuditReport, shipped: ReadonlySet<string>): Audit => {
  const { vulnerabilities, message, error } = report;
  if (vulnerabilities === undefined) {
    if (message !== undefined) return { answered: false, reason: message };
    throw new Error(`npm audit failed: ${error?.summary ?? JSON.stringify(report)}`);
  }
  const advisories = Object.values(vulnerabilities).flatMap(({ via, nodes }) =>
    nodes.flatMap((node) => via.filter(isSevere).map((advisory) => ({ node, line: format(node, advisory) }))),
  );
  const linesOf = (isShipped: boolean) =>
    advisories.filter(({ node }) => shipped.has(node) === isShipped).map(({ line }) => line);
  return { answered: true, shipped: linesOf(true), tools: linesOf(false) };
};

const isSevere = (via: Advisory | string): via is Advisory =>
  typeof via !== 'string' && (via.severity === 'high' || via.severity === 'critical');

const format = (node: string, { title, severity, url }: Advisory): string => `${node}: ${severity}: ${title}: ${url}`;

/** Folders of the packages in the Lambda bundle, and of those that npm installs for users. */
const findShipped = (): ReadonlySet<string> => {
  const { packages } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package-lock.json'), 'utf8'));
  const installed = Object.entries<{ dev?: true; devOptional?: true; peer?: true }>(packages)
    .filter(([folder, { dev, devOptional, peer }]) => folder !== '' && !(dev ?? devOptional ?? peer))
    .map(([folder]) => folder);
  return new Set([...installed, ...packageFolders(writeBundle(LAMBDA_ENTRY, 'build/audit'))]);
};

const main = (): void => {
  const shipped = findShipped();
  const { stdout } = spawnSync('npm', ['audit', '--json'], { cwd: PACKAGE_ROOT, encoding: 'utf8' });
  const audit = readAudit(JSON.parse(stdout), shipped);
  if (!audit.answered) {
    print(`No registry answered, so no package was checked for known vulnerabilities: ${audit.reason}`);
    return;
  }
  for (const line of audit.tools) print(`Development tool, not shipped: ${line}`);
  for (const line of audit.shipped) print(`Shipped: ${line}`);
  if (audit.shipped.length === 0) {
    print(`The ${shipped.size} shipped packages have no known vulnerability of severity high or critical.`);
    return;
  }
  print('Update or replace each package above that is marked as shipped.');
  process.exitCode = 1;
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);

if (import.meta.main) main();
