/** One setting. */
export interface Setting<Value> extends Conversion<Value> {
  /** Name of the environment variable. */
  readonly variable: string;
  /** Value if the variable is not set. A setting without a default is required. */
  readonly default?: Value;
  /** Description in Markdown, for the tables in the docs. */
  readonly meaning: string;
}

/** Converts the value of a setting from and to text. */
export interface Conversion<Value> {
  /** Parses the text of a variable. */
  parse(text: string): Value | SettingFault;
  /** Checks a JSON value, such as one from `cdk.json`. */
  check(value: unknown): Value | SettingFault;
  /** Returns the text that `parse` turns back into the value. The text is empty if the setting has no value. */
  format(value: Value): string;
}

export type SettingsTable<Settings> = { readonly [Name in keyof Settings]: Setting<Settings[Name]> };

/** The reason why a setting rejects a value. */
export class SettingFault {
  /** States the expected value. */
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** Thrown at start. The message has one line per fault. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly faults: readonly string[];

  /** @param faults in the form `NAME: what was expected`. */
  constructor(faults: readonly string[]) {
    super(['The configuration cannot be used:', ...faults.map((fault) => `- ${fault}`)].join('\n'));
    this.faults = faults;
  }
}

/** Text that matches a pattern. */
export const text = (pattern: RegExp, expected: string): Conversion<string> => {
  const check = (value: unknown): string | SettingFault =>
    typeof value === 'string' && pattern.test(value) ? value : new SettingFault(`expected ${expected}`);
  return { parse: check, check, format: (value) => value };
};

/** One of the listed values. */
export const choice = <Value extends string>(values: readonly Value[], expected: string): Conversion<Value> => {
  const check = (value: unknown): Value | SettingFault =>
    values.find((candidate) => candidate === value) ?? new SettingFault(`expected ${expected}`);
  return { parse: check, check, format: (value) => value };
};

/** True or false. */
export const flag: Conversion<boolean> = {
  parse: (written) => flag.check({ true: true, false: false }[written]),
  check: (value) => (typeof value === 'boolean' ? value : new SettingFault('expected true or false')),
  format: String,
};

/** A whole number, written in decimal without a sign or leading zeros. */
export const wholeNumber = (min: number, max: number, expected: string): Conversion<number> => {
  const check = (value: unknown): number | SettingFault =>
    typeof value === 'number' && Number.isInteger(value) && min <= value && value <= max
      ? value
      : new SettingFault(`expected ${expected}`);
  const parse = (written: string): number | SettingFault =>
    check(/^(?:0|[1-9]\d*)$/.test(written) ? Number(written) : undefined);
  return { parse, check, format: String };
};

/** Items separated by commas. Empty items and spaces around items are ignored. */
export const list = (pattern: RegExp, expected: string): Conversion<readonly string[]> => {
  const check = (value: unknown): readonly string[] | SettingFault =>
    Array.isArray(value) && value.every((item) => typeof item === 'string' && pattern.test(item))
      ? value
      : new SettingFault(`expected ${expected}`);
  const parse = (written: string): readonly string[] | SettingFault =>
    check(
      written
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    );
  return { parse, check, format: (items) => items.join(',') };
};

/** A setting that may have no value. */
export const optional = <Value>({ parse, check, format }: Conversion<Value>): Conversion<Value | undefined> => ({
  parse,
  check,
  format: (value) => (value === undefined ? '' : format(value)),
});
