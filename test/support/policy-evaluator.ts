/** A request as IAM sees it. */
export interface AccessRequest {
  /** ARN of the role or user that sends the request. Of a session, it is the ARN of its role. */
  readonly caller: string;
  readonly action: string;
  readonly resource: string;
  /** Other condition keys of the request. A key that is left out is not in the request. */
  readonly context?: Readonly<Partial<Record<ConditionKey, string>>>;
}

/** A statement whose references are resolved. `Principal` is absent in the policy of a role. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

type ConditionKey = (typeof CONDITION_KEYS)[number];

/**
 * Decides like IAM whether the statements of one policy allow a request. A request to another account needs two policies
 * that allow it: that of the caller, and that of the resource.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * @throws Error for anything that the evaluator does not know, because a guess would prove nothing.
 */
export const isAllowed = (statements: readonly PolicyStatement[], request: AccessRequest): boolean => {
  for (const statement of statements) {
    const unknown = Object.keys(statement).filter((element) => !ELEMENTS.has(element));
    if (unknown.length > 0) throw new Error(`The evaluator does not know ${unknown.join(' and ')}.`);
  }
  const matching = statements.filter((statement) => matches(statement, request));
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow');
};

const ELEMENTS = new Set(['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition']);

const matches = ({ Principal, Action, Resource, Condition = {} }: PolicyStatement, request: AccessRequest): boolean =>
  // Every condition is evaluated, so an unknown one throws even if another element does not match.
  Object.entries(Condition)
    .flatMap(([operator, keys]) => Object.entries(keys).map(([key, values]) => holds(operator, key, values, request)))
    .every(Boolean) &&
  (Principal === undefined || listPrincipals(Principal).some((principal) => includes(principal, request.caller))) &&
  list(Action).some((action) => like(action.toLowerCase(), request.action.toLowerCase())) &&
  // A trust policy has no resource: it is the role itself.
  (Resource === undefined || list(Resource).some((resource) => like(resource, request.resource)));

const listPrincipals = (principal: unknown): readonly string[] => {
  if (principal === '*') return ['*'];
  const [[kind, names] = [], ...others] = Object.entries(principal as Record<string, string | readonly string[]>);
  if (kind !== 'AWS' || names === undefined || others.length > 0)
    throw new Error(`The evaluator does not know ${kind}.`);
  return list(names);
};

/** Whether a principal is the caller or its account. */
const includes = (principal: string, caller: string): boolean => {
  const account = /^arn:aws:iam::(\d{12}):root$/.exec(principal)?.[1] ?? /^\d{12}$/.exec(principal)?.[0];
  if (account !== undefined) return caller.split(':')[4] === account;
  if (principal === '*') return true;
  throw new Error(`IAM stores ${principal} by its unique ID, and the evaluator knows only ARNs; name its account.`);
};

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const OPERATORS: Readonly<Record<string, (pattern: string, value: string) => boolean>> = {
  StringEquals: (expected, value) => value === expected,
  StringLike: (pattern, value) => like(pattern, value),
  // Both compare the six parts of an ARN one by one, and both allow wildcards in a part.
  ArnEquals: (pattern, value) => likeArn(pattern, value),
  ArnLike: (pattern, value) => likeArn(pattern, value),
};

const CONDITION_KEYS = [
  'aws:PrincipalArn',
  'aws:PrincipalAccount',
  'aws:SourceAccount',
  'sts:ExternalId',
  's3:prefix',
] as const;

/** A condition on a key that the request does not have is false. */
const holds = (
  operator: string,
  key: string,
  values: string | readonly string[],
  { caller, context = {} }: AccessRequest,
): boolean => {
  const compare = OPERATORS[operator];
  const known = CONDITION_KEYS.find((name) => name === key);
  if (compare === undefined || known === undefined) throw new Error(`The evaluator does not know ${operator} ${key}.`);
  const own = { 'aws:PrincipalArn': caller, 'aws:PrincipalAccount': caller.split(':')[4] };
  const value = { ...context, ...own }[known];
  return value !== undefined && list(values).some((expected) => compare(expected, value));
};

const likeArn = (pattern: string, arn: string): boolean => {
  const [patterns, parts] = [pattern, arn].map((text) => /^(.*?):(.*?):(.*?):(.*?):(.*?):(.*)$/s.exec(text)?.slice(1));
  return patterns !== undefined && parts !== undefined && patterns.every((part, at) => like(part, parts[at] ?? ''));
};

/** `*` matches any text, `?` one character. */
const like = (pattern: string, text: string): boolean => {
  if (pattern.includes('${')) throw new Error(`The evaluator does not know policy variables: ${pattern}`);
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'su').test(text);
};

const list = (values: string | readonly string[]): readonly string[] =>
  typeof values === 'string' ? [values] : values;
