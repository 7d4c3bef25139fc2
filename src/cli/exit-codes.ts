/** What both commands end with; each hop of the doctor has a code of its own, in hops.ts. */
export const EXIT_CODES = {
  ok: 0,
  /** `explain`: the path has no key. */
  noKey: 1,
  /** A command, an option or a setting that cannot be used. */
  usage: 2,
} as const;
