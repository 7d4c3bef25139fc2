import { quote } from '../domain/errors.ts';

/** One claim about every implementation of a port. */
export interface ContractCheck<Filled> {
  readonly name: string;
  /** Why this implementation need not pass the check; undefined if it must. */
  readonly leftOut: string | undefined;
  /**
   * Creates an implementation, checks it and ends it. Implementations may share images, because no check needs an empty
   * one.
   *
   * @throws Error with the expected and the found value.
   */
  run(create: () => Promise<Filled>): Promise<void>;
}

interface Contract<Filled, Subject> {
  readonly port: string;
  /** Name of the function that returns the checks. */
  readonly source: string;
  readonly checks: readonly { readonly name: string; check(subject: Subject): Promise<void> }[];
  createSubject(filled: Filled): Subject;
}

/** @throws Error if `leftOut` contains an unknown name. */
export const createContract = <Filled extends { end?(): Promise<void> }, Subject>(
  { port, source, checks, createSubject }: Contract<Filled, Subject>,
  leftOut: Readonly<Record<string, string>>,
): readonly ContractCheck<Filled>[] => {
  const names = new Set(checks.map(({ name }) => name));
  const unknown = Object.keys(leftOut).filter((name) => !names.has(name));
  if (unknown.length > 0) {
    throw new Error(
      `The contract of ${port} has no check ${unknown.map(quote).join(', ')}; ${source}() lists the names.`,
    );
  }
  return checks.map(({ name, check }) => ({
    name,
    leftOut: leftOut[name],
    run: async (create) => {
      const filled = await create();
      try {
        await check(createSubject(filled));
      } finally {
        await filled.end?.();
      }
    },
  }));
};
