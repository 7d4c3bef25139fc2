type Row = Readonly<Record<string, unknown>>;

export interface QueryResult {
  readonly rows: readonly Row[];
  /** Fields that the query names and that no line has: a wrong name. */
  readonly unknown: readonly string[];
}

/**
 * Runs a query of CloudWatch Logs Insights over lines, in the order of their time. It knows what the queries of this project
 * use: fields, filter, stats, sort, limit, and comments.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 *
 * @throws Error if the query uses anything else.
 */
export const runQuery = (query: string, lines: readonly string[]): QueryResult => {
  const named = new Set<string>();
  const found = new Set<string>();
  const field = (row: Row, name: string): unknown => {
    named.add(name);
    if (row[name] !== undefined) found.add(name);
    return row[name];
  };
  let rows: readonly Row[] = lines.map(discoverFields);
  for (const command of query.replace(/^#.*\n/gm, '').split(/\n?\| (?=[a-z]+ )/)) {
    const [, name = '', body = ''] = /^(\w+) (.*)$/s.exec(command) ?? [];
    const run = COMMANDS[name];
    if (run === undefined) throw new Error(`unknown command: ${command}`);
    rows = run(rows, body, field);
  }
  return { rows, unknown: [...named].filter((name) => !found.has(name)) };
};

type ReadField = (row: Row, name: string) => unknown;

const COMMANDS: Readonly<Record<string, (rows: readonly Row[], body: string, field: ReadField) => readonly Row[]>> = {
  fields: (rows, body, field) => {
    const columns = readColumns(body);
    return rows.map((row) => ({
      ...row,
      ...Object.fromEntries(columns.map(({ name, expression }) => [name, evaluate(expression, [row], field)])),
    }));
  },
  filter: (rows, body, field) => rows.filter((row) => evaluate(body, [row], field)),
  stats: (rows, body, field) => {
    const [aggregates = '', by = ''] = body.split(' by ');
    const keys = readColumns(by);
    const groups = Map.groupBy(rows, (row) =>
      JSON.stringify(keys.map(({ expression }) => evaluate(expression, [row], field))),
    );
    return [...groups.values()].map((group) =>
      Object.fromEntries(
        [...readColumns(aggregates), ...keys].map(({ name, expression }) => [name, evaluate(expression, group, field)]),
      ),
    );
  },
  sort: (rows, body, field) => {
    const [, name = '', order] = /^(\S+) (asc|desc)$/.exec(body) ?? [];
    const sign = order === 'desc' ? -1 : 1;
    const numberOf = (row: Row) => Number(field(row, name));
    return rows.toSorted((a, b) => sign * (numberOf(a) - numberOf(b)));
  },
  limit: (rows, body) => rows.slice(0, Number(body)),
};

/** The parts of a list such as `a, max(b) as c`. */
const readColumns = (list: string): readonly { readonly name: string; readonly expression: string }[] =>
  list
    .split(/, (?![^(]*\))/)
    .filter((column) => column !== '')
    .map((column) => {
      const [expression = '', name = expression] = column.split(' as ');
      return { name, expression };
    });

/** Evaluates an expression for one row, or an aggregate for a group of rows. */
const evaluate = (expression: string, rows: readonly Row[], field: ReadField): unknown => {
  const tokens = expression.match(/"[^"]*"|\/(?:[^/\\]|\\.)+\/|[[\](),*]|[@\w][@\w.]*/g) ?? [];
  let position = 0;
  const take = (): string => tokens[position++] ?? '';
  const takeIf = (token: string): boolean => tokens[position] === token && take() === token;
  const readOperand = (): readonly unknown[] => {
    const token = take();
    if (token === 'not') return readOperand().map((value) => !value);
    if (token === '*') return rows;
    if (/^\d/.test(token)) return [Number(token)];
    if (/^["/]/.test(token)) return [token];
    if (!takeIf('(')) return rows.map((row) => field(row, token));
    const args = [readOperand()];
    while (takeIf(',')) args.push(readOperand());
    if (!takeIf(')')) throw new Error(`${expression}: expected )`);
    const call = FUNCTIONS[token];
    if (call === undefined) throw new Error(`${expression}: unknown function ${token}`);
    return [call(...args)];
  };
  const readList = (): readonly unknown[] => {
    const items: unknown[] = [];
    do {
      position += 1;
      items.push(...readOperand().map((item) => (typeof item === 'string' ? item.slice(1, -1) : item)));
    } while (tokens[position] === ',');
    if (!takeIf(']')) throw new Error(`${expression}: expected ]`);
    return items;
  };
  const readComparison = (): unknown => {
    const [value] = readOperand();
    if (takeIf('in')) return readList().includes(value);
    return takeIf('like') ? isLike(value, String(readOperand()[0])) : value;
  };
  let result = readComparison();
  while (takeIf('and')) result = [result, readComparison()].every(Boolean);
  if (position < tokens.length) throw new Error(`${expression}: unexpected ${take()}`);
  return result;
};

const isLike = (value: unknown, pattern: string): boolean =>
  pattern.startsWith('/')
    ? new RegExp(pattern.slice(1, -1)).test(String(value))
    : String(value).includes(pattern.slice(1, -1));

const numbers = (values: readonly unknown[] = []): readonly number[] =>
  values.filter((value) => value !== undefined).map(Number);

const FUNCTIONS: Readonly<Record<string, (...args: readonly (readonly unknown[])[]) => unknown>> = {
  ispresent: ([value] = []) => value !== undefined,
  coalesce: (...args) => args.flat().find((value) => value !== undefined),
  // The count of a field is the number of lines that have it.
  count: (values = []) => values.filter((value) => value !== undefined).length,
  sum: (values) => numbers(values).reduce((sum, value) => sum + value, 0),
  max: (values) => Math.max(...numbers(values)),
  pct: (values, [percent] = []) => {
    const sorted = numbers(values).toSorted((a, b) => a - b);
    return sorted[Math.ceil((Number(percent) / 100) * sorted.length) - 1];
  },
  latest: (values = []) => values.at(-1),
};

/**
 * The fields that Insights finds in a line: those of its first JSON object, nested ones with dots, and its own ones.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
 */
const discoverFields = (line: string, index: number): Row => {
  const fields: Record<string, unknown> = { '@timestamp': index, '@message': line };
  const [, requestId] = /(?:RequestId: |^\S+[\t ])([\da-f-]{36})/.exec(line) ?? [];
  if (requestId !== undefined) fields['@requestId'] = requestId;
  const [json] = /\{.*\}/s.exec(line) ?? [];
  const add = (value: unknown, path: readonly string[]): void => {
    if (typeof value !== 'object' || value === null) fields[path.join('.')] = value;
    else for (const [name, member] of Object.entries(value)) add(member, [...path, name]);
  };
  if (json !== undefined) add(JSON.parse(json), []);
  return fields;
};
