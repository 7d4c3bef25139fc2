/**
 * The part of CloudWatch's JSON filter patterns that metric filters of this project use: comparisons of a field with a number
 * or with a text that may contain `*`, `NOT EXISTS`, `&&`, `||` and parentheses. A comparison with a missing field never
 * matches.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
 *
 * @throws Error if the pattern uses anything else.
 */
export const matchesFilter = (pattern: string, line: string): boolean => {
  const event = parseObject(line);
  const tokens = pattern.match(/"[^"]*"|\$[\w.]+|NOT EXISTS|[{}()]|&&|\|\||[<>!]?=|[<>]|-?\d+(?:\.\d+)?|\S+/g) ?? [];
  let position = 0;
  const take = (): string => tokens[position++] ?? '';
  const expect = (token: string): void => {
    const found = take();
    if (found !== token) throw new Error(`${pattern}: expected ${token}, found ${found}`);
  };
  const readComparison = (): boolean => {
    const selector = take();
    const operator = take();
    if (selector.startsWith('$.') && operator === 'NOT EXISTS') return select(event, selector) === undefined;
    const compare = COMPARISONS[operator];
    if (!selector.startsWith('$.') || compare === undefined) throw new Error(`${pattern}: not a comparison`);
    return compare(select(event, selector), take());
  };
  const readOperand = (): boolean => {
    if (tokens[position] !== '(') return readComparison();
    expect('(');
    const result = readAny();
    expect(')');
    return result;
  };
  const readAll = (): boolean => {
    let result = readOperand();
    while (tokens[position] === '&&') {
      expect('&&');
      result = readOperand() && result;
    }
    return result;
  };
  const readAny = (): boolean => {
    let result = readAll();
    while (tokens[position] === '||') {
      expect('||');
      result = readAll() || result;
    }
    return result;
  };
  expect('{');
  const result = readAny();
  expect('}');
  return event !== undefined && result;
};

/** The value that a metric filter publishes for a line: a number, or the field that the text selects. */
export const metricValueOf = (metricValue: string, line: string): unknown =>
  metricValue.startsWith('$') ? select(parseObject(line), metricValue) : Number(metricValue);

const parseObject = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    // A line that is not JSON matches no JSON pattern.
    return undefined;
  }
};

const select = (event: unknown, selector: string): unknown =>
  selector
    .split('.')
    .slice(1)
    .reduce<unknown>((value, name) => (Object(value) as Record<string, unknown>)[name], event);

const numeric =
  (compare: (value: number, limit: number) => boolean) =>
  (value: unknown, limit: string): boolean =>
    typeof value === 'number' && compare(value, Number(limit));

/** Whether a value equals a number or a quoted text. Undefined if the field is missing. */
const equals = (value: unknown, literal: string): boolean | undefined => {
  if (value === undefined) return undefined;
  if (!literal.startsWith('"')) return value === Number(literal);
  const [first = '', ...others] = literal.slice(1, -1).split('*');
  const text = String(value);
  if (others.length === 0) return text === first;
  if (others.length > 1 || !text.startsWith(first)) {
    if (others.length > 1) throw new Error(`${literal}: more than one *`);
    return false;
  }
  return text.slice(first.length).endsWith(others[0] ?? '');
};

const COMPARISONS: Readonly<Record<string, (value: unknown, literal: string) => boolean>> = {
  '=': (value, literal) => equals(value, literal) === true,
  '!=': (value, literal) => equals(value, literal) === false,
  '>=': numeric((value, limit) => value >= limit),
  '<=': numeric((value, limit) => value <= limit),
  '>': numeric((value, limit) => value > limit),
  '<': numeric((value, limit) => value < limit),
};
