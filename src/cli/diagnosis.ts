import { EXIT_CODES } from './exit-codes.ts';
import { type Finding, findFailure, skipped } from './finding.ts';
import { HOPS, type HopName } from './hops.ts';

/** Looks at one hop. A failure that it does not know itself, it throws. */
export type Check = () => Promise<Finding>;

export type HopReport = { readonly hop: HopName } & Finding;

export interface Diagnosis {
  readonly ok: boolean;
  /** The first hop that failed. */
  readonly broken?: HopName;
  readonly exitCode: number;
  readonly hops: readonly HopReport[];
}

/** Walks the hops one after the other, and tells of each as soon as it is done. */
export const diagnose = async (
  checks: Readonly<Record<HopName, Check>>,
  tell: (report: HopReport) => void,
): Promise<Diagnosis> => {
  const hops: HopReport[] = [];
  const impassable = new Set<HopName>();
  for (const [name, { needs }] of Object.entries(HOPS)) {
    const hop = name as HopName;
    const obstacle = needs.find((need) => impassable.has(need));
    const finding = obstacle === undefined ? await attempt(checks[hop]) : skipped(`needs the hop ${obstacle}`);
    if (obstacle !== undefined || finding.status === 'failed') impassable.add(hop);
    const report = { hop, ...finding };
    hops.push(report);
    tell(report);
  }
  const broken = hops.find(({ status }) => status === 'failed')?.hop;
  return broken === undefined
    ? { ok: true, exitCode: EXIT_CODES.ok, hops }
    : { ok: false, broken, exitCode: HOPS[broken].exitCode, hops };
};

const attempt = async (check: Check): Promise<Finding> => {
  try {
    return await check();
  } catch (error) {
    return findFailure(error);
  }
};
