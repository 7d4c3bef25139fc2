import { beforeAll, describe, expect, it } from 'vitest';
import type { LogLevel } from '../../src/settings/settings.ts';
import { resourcesOf, type Template } from '../support/assembly.ts';
import { matchesFilter, metricValueOf } from '../support/filter-pattern.ts';
import { runQuery } from '../support/insights-query.ts';
import {
  cursorOf,
  IMAGE_SIZE,
  invocationOf,
  LEVELS,
  type LoggedRequest,
  logRequests,
  type Mode,
} from '../support/logged-requests.ts';
import { renderText } from '../support/rendered-text.ts';
import { embed, propertiesOf } from './embedding.ts';

const template: Template = embed();
const FUNCTION_LOG = '/aws/lambda/their-images-lambda';
const ACCESS_LOG = '/aws/apigateway/their-images-api';

const nameOf = (logGroup: unknown): string => renderText(logGroup, template);

/** The text that API Gateway writes for a variable without a value. */
const NONE = '-';

/** An access log line: the format of the stage, filled in like API Gateway does. */
const accessLine = (values: Readonly<Record<string, string>>): string => {
  const [format] = propertiesOf(template, 'ApiGateway::Stage').map(
    ({ AccessLogSetting }) => (AccessLogSetting as { Format: string }).Format,
  );
  return String(format).replace(/\$context\.([\w.]+)/g, (variable, name: string) => {
    if (!KNOWN_VARIABLES.has(variable)) throw new Error(`${variable} is not in the documentation of API Gateway`);
    return values[name] ?? NONE;
  });
};

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
 */
const KNOWN_VARIABLES = new Set(
  [
    'requestTime requestId extendedRequestId xrayTraceId identity.apiKeyId httpMethod path status responseLength',
    'responseLatency integrationLatency error.responseType integration.requestId integration.status integration.error',
    'integration.responseTransferMode integration.timeToAllHeaders integration.timeToFirstContent',
  ]
    .join(' ')
    .split(' ')
    .map((name) => `$context.${name}`),
);

const REQUEST = {
  requestTime: '22/Nov/2026:10:46:00 +0000',
  extendedRequestId: 'JKJaXmPLvHcESHA=',
  xrayTraceId: '1-5759e988-bd862e3fe1be46a994272793',
  'identity.apiKeyId': 'key-1',
  httpMethod: 'GET',
  path: '/prod/a.jpg',
};
const answered = (index: number) => ({
  ...REQUEST,
  requestId: `request-${index}`,
  'integration.requestId': invocationOf(index),
  'integration.status': '200',
  'integration.responseTransferMode': 'STREAMED',
  'integration.timeToAllHeaders': '90',
  'integration.timeToFirstContent': '91',
  status: '200',
  responseLength: '300000',
  responseLatency: '130',
  integrationLatency: '120',
});
const refused = (status: string, responseType: string) => ({
  ...REQUEST,
  requestId: `refused-${responseType}`,
  'error.responseType': responseType,
  status,
  responseLength: '250',
  responseLatency: '2',
});

const ACCESS_LINES = new Map([
  ['success', accessLine(answered(0))],
  ['another success', accessLine(answered(1))],
  ['throttled', accessLine(refused('429', 'THROTTLED'))],
  ['over quota', accessLine(refused('429', 'QUOTA_EXCEEDED'))],
  ['wrong key', accessLine(refused('403', 'INVALID_API_KEY'))],
]);

/** The ID of an invocation for which the runtime writes failures. */
const FAILED = invocationOf(6);

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html, and what AWS's runtime client writes. */
const RUNTIME_FAILURES = [
  `2026-11-22T10:46:00.000Z ${FAILED} Task timed out after 300.00 seconds`,
  `2026-11-22T10:46:00.000Z\t${FAILED}\tERROR\tInvoke Error \t{"errorType":"ImageError","errorMessage":"Interrupted.","code":"store-unavailable","name":"ImageError","stack":["ImageError: Interrupted."]}`,
  `REPORT RequestId: ${FAILED}\tDuration: 300000.00 ms\tBilled Duration: 300000 ms\tMemory Size: 1536 MB\tMax Memory Used: 128 MB\tStatus: timeout`,
  `REPORT RequestId: ${FAILED}\tDuration: 12.00 ms\tBilled Duration: 12 ms\tMemory Size: 1536 MB\tMax Memory Used: 1536 MB\tStatus: error\tError Type: Runtime.OutOfMemory`,
  'INIT_REPORT Init Duration: 180.00 ms\tPhase: init\tStatus: error\tError Type: SettingsError',
  `RequestId: ${FAILED} Error: Runtime exited with error: signal: killed`,
  `2026-11-22T10:46:00.000Z\tundefined\tERROR\tUncaught Exception \t{"errorType":"SettingsError","errorMessage":"The configuration cannot be used."}`,
  `2026-11-22T10:46:00.000Z\t${FAILED}\tERROR\tUnhandled Promise Rejection \t{"errorType":"Runtime.UnhandledPromiseRejection"}`,
];
const RUNTIME_LINES = [
  `START RequestId: ${invocationOf(0)} Version: $LATEST`,
  `END RequestId: ${invocationOf(0)}`,
  `REPORT RequestId: ${invocationOf(0)}\tDuration: 124.80 ms\tBilled Duration: 125 ms\tMemory Size: 1536 MB\tMax Memory Used: 128 MB`,
  ...RUNTIME_FAILURES,
];

/** The values that each metric filter publishes, by the name of the request whose line it counts. */
const publish = (logGroup: string, lines: ReadonlyMap<string, string>): Record<string, Record<string, unknown>> => {
  const filters = propertiesOf(template, 'Logs::MetricFilter').filter(
    ({ LogGroupName }) => nameOf(LogGroupName) === logGroup,
  );
  return Object.fromEntries(
    filters.map(({ FilterPattern, MetricTransformations }) => {
      const [{ MetricName, MetricValue, MetricNamespace } = { MetricName: '', MetricValue: '', MetricNamespace: '' }] =
        MetricTransformations as { MetricName: string; MetricValue: string; MetricNamespace: string }[];
      expect(MetricNamespace).toBe('images-api/their-images');
      const counted = [...lines].filter(([, line]) => matchesFilter(String(FilterPattern), line));
      return [MetricName, Object.fromEntries(counted.map(([name, line]) => [name, metricValueOf(MetricValue, line)]))];
    }),
  );
};

const linesAt = (level: LogLevel, logged: ReadonlyMap<string, LoggedRequest>): ReadonlyMap<string, string> =>
  new Map([...logged].flatMap(([name, { lines }]) => (lines.has(level) ? [[name, String(lines.get(level))]] : [])));

/** Requests without a time of the store: it was not asked, or it refused what the client sent. */
const WITHOUT_STORE = ['invalid path', 'unknown path', 'malformed cursor', 'refused cursor', 'empty batch'];

describe.each<Mode>(['streaming', 'buffered'])('the function log (%s)', (mode) => {
  const streaming = mode === 'streaming';
  let logged: ReadonlyMap<string, LoggedRequest>;

  beforeAll(async () => {
    logged = await logRequests(mode);
  });

  describe.each(LEVELS.filter((level) => level !== 'silent'))('at the level %s', (level) => {
    it('has a line of each request, from which the metric filters count the same', () => {
      const lines = linesAt(level, logged);
      const fields = (name: string) => JSON.parse(lines.get(name) ?? '');
      const names = [...logged.keys()];
      const measured = names.filter((name) => !WITHOUT_STORE.includes(name));
      expect(publish(FUNCTION_LOG, lines)).toEqual({
        Bytes: Object.fromEntries(names.map((name) => [name, fields(name).bytes])),
        StoreMilliseconds: Object.fromEntries(measured.map((name) => [name, fields(name).ms.store])),
        StoreErrors: {
          'store error': 1,
          'broken image': 1,
          'refused role': 1,
          'failing listing': 1,
          'interrupted listing': 1,
          'failing batch': 1,
        },
        RefusedRoles: { 'refused role': 1 },
        BrokenImages: streaming ? { 'broken image': 1, 'interrupted listing': 1 } : {},
      });
      expect(fields('success').bytes).toBe(IMAGE_SIZE);
      for (const name of ['success', 'redirect', 'listing', 'batch']) expect(fields(name).ms.store).toBeGreaterThan(0);
      expect(names).toHaveLength(streaming ? 21 : 20);
    });

    it('has no signed URL, no cursor, no continuation token, and nothing of a query', () => {
      const urls = [...logged.values()].flatMap(({ response }) => response.match(/https?:[^"]+/g) ?? []);
      expect(urls).toHaveLength(3);
      const cursor = cursorOf(logged.get('first page'));
      const token = decodeURIComponent(Buffer.from(cursor, 'base64url').toString().split('.')[3] ?? '');
      expect(token.length).toBeGreaterThan(40);
      for (const line of linesAt(level, logged).values()) {
        for (const url of urls) expect(line).not.toContain(url);
        expect(line).not.toMatch(/X-Amz-|https?:|[?&]\w+=|prefixed|malformed-cursor/i);
        expect(line).not.toContain(cursor);
        expect(line).not.toContain(token);
      }
    });

    it('has no key or path of an image, except those of the one image that the request is for', () => {
      for (const [name, line] of linesAt(level, logged)) {
        const { path, key, ...others } = JSON.parse(line);
        expect([name, JSON.stringify(others).match(/[\w-]+\.(?:jpg|png)/g)]).toEqual([name, null]);
        if (path === '') expect([name, key]).toEqual([name, undefined]);
        else expect([path, undefined]).toContain(key);
      }
    });
  });

  it('has nothing at the level silent, which CDK refuses for an environment with alarms', () => {
    expect(linesAt('silent', logged)).toEqual(new Map());
  });
});

describe('the metric filter of broken images', () => {
  const countBroken = (line: object) =>
    publish(FUNCTION_LOG, new Map([['line', JSON.stringify(line)]]))['BrokenImages'];

  it.each(['store-timeout', 'store-forbidden'])(
    'ignores a batch whose first failure is %s, because its response is complete',
    (code) => {
      expect(countBroken({ status: 200, code, images: 1, failed: 1 })).toEqual({});
    },
  );

  it('counts a batch with an unexpected failure, because no other metric does', () => {
    expect(countBroken({ status: 200, code: 'internal', images: 1, failed: 1 })).toEqual({ line: 1 });
  });
});

it('the metric filters of the function log ignore the lines of the runtime', () => {
  const lines = new Map(RUNTIME_LINES.map((line) => [line, line]));
  expect(Object.values(publish(FUNCTION_LOG, lines))).toEqual(Array(5).fill({}));
});

it('the metric filters of the access log count requests above a rate limit and above a quota', () => {
  expect(publish(ACCESS_LOG, ACCESS_LINES)).toEqual({
    ThrottledRequests: { throttled: 1 },
    QuotaRefusals: { 'over quota': 1 },
  });
});

describe('the saved queries', () => {
  let functionLines: readonly string[];

  beforeAll(async () => {
    functionLines = [...linesAt('info', await logRequests('streaming')).values(), ...RUNTIME_LINES];
  });

  const queries = propertiesOf(template, 'Logs::QueryDefinition').map(({ Name, LogGroupNames, QueryString }) => ({
    title: String(Name).replace('their-images/', ''),
    logGroups: (LogGroupNames as unknown[]).map(nameOf),
    query: String(QueryString),
  }));
  const linesOf = (logGroups: readonly string[]): readonly string[] =>
    logGroups.flatMap((name) => {
      if (name === FUNCTION_LOG) return functionLines;
      if (name === ACCESS_LOG) return [...ACCESS_LINES.values()];
      throw new Error(`no lines of ${name}`);
    });
  const run = (title: string, change = (query: string) => query) => {
    const saved = queries.find((query) => query.title === title);
    if (saved === undefined) throw new Error(`no query ${title}`);
    return runQuery(change(saved.query), linesOf(saved.logGroups));
  };

  it('are six', () => {
    expect(queries.map(({ title }) => title)).toEqual([
      'usage-per-api-key',
      'images-per-api-key',
      'slowest-paths',
      'errors-by-code',
      'runtime-failures',
      'one-request',
    ]);
  });

  it('usage-per-api-key counts requests and bytes by key, status and refusal, the most requests first', () => {
    const { rows, unknown } = run('usage-per-api-key');
    const key = { apiKeyId: 'key-1' };
    expect(rows).toEqual([
      { ...key, status: '200', refusal: NONE, requests: 2, bytesSent: 600_000 },
      { ...key, status: '429', refusal: 'THROTTLED', requests: 1, bytesSent: 250 },
      { ...key, status: '429', refusal: 'QUOTA_EXCEEDED', requests: 1, bytesSent: 250 },
      { ...key, status: '403', refusal: 'INVALID_API_KEY', requests: 1, bytesSent: 250 },
    ]);
    expect(unknown).toEqual([]);
  });

  it('images-per-api-key counts the images of each key that were served, listed and signed', () => {
    const { rows, unknown } = run('images-per-api-key');
    // Served: success, not modified, broken image, redirect, slow client. Listed: 4 at once, 2 + 2 in pages, 1 of the
    // interrupted listing.
    expect(rows).toEqual([
      { apiKeyId: 'key-1', method: 'GET', served: 5, listedOrSigned: 9 },
      { apiKeyId: 'key-1', method: 'POST', served: 0, listedOrSigned: 2 },
    ]);
    expect(unknown).toEqual([]);
  });

  it('slowest-paths shows the paths whose requests asked the store, the slowest first', () => {
    const { rows, unknown } = run('slowest-paths');
    const number = expect.any(Number);
    const row = (method: string, path: string, requests: number, largest: unknown = number) => ({
      method,
      path,
      requests,
      slowest: number,
      median: number,
      largest,
    });
    expect(rows).toHaveLength(6);
    expect(rows).toEqual(
      expect.arrayContaining([
        row('GET', 'a.jpg', 6, IMAGE_SIZE),
        row('GET', 'missing.jpg', 1),
        row('GET', 'large.jpg', 1, 0),
        row('GET', '', 5),
        row('HEAD', '', 1, 0),
        row('POST', '', 2),
      ]),
    );
    const times = rows.map(({ slowest }) => Number(slowest));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(unknown).toEqual([]);
  });

  it('errors-by-code counts each failed request once, although the runtime also logs broken streams', () => {
    const { rows, unknown } = run('errors-by-code');
    const row = (code: string, status: number, example: string, errors = 1) => ({ code, status, errors, example });
    expect(rows).toEqual([
      row('store-unavailable', 502, '', 2),
      row('store-unavailable', 200, '', 2),
      row('invalid-cursor', 400, '', 2),
      row('image-not-found', 404, 'missing.jpg'),
      row('invalid-path', 400, 'a//b.jpg'),
      row('unknown-path', 404, 'a.pdf'),
      row('role-refused', 502, 'a.jpg'),
      row('store-forbidden', 200, ''),
      row('invalid-request', 400, ''),
      row('client-timeout', 200, 'a.jpg'),
    ]);
    expect(unknown).toEqual([]);
  });

  it('runtime-failures shows the failures that the runtime logs, with the ID of the invocation, the last one first', () => {
    const { rows, unknown } = run('runtime-failures');
    expect(rows.map(({ '@message': message }) => message)).toEqual(RUNTIME_FAILURES.toReversed());
    expect(rows.filter(({ '@requestId': id }) => id === FAILED)).toHaveLength(6);
    expect(unknown).toEqual([]);
  });

  it('one-request finds the lines of both logs by X-Request-Id, and with their invocation also those of the runtime', () => {
    const find = (id: string) => run('one-request', (query) => query.replace('like "ID"', `like "${id}"`));
    const { rows, unknown } = find('request-0');
    expect(rows.map(({ invocation }) => invocation)).toEqual([invocationOf(0), invocationOf(0)]);
    expect(unknown).toEqual([]);
    expect(find(invocationOf(0)).rows).toHaveLength(5);
    expect(find(FAILED).rows.map(({ invocation }) => invocation)).toEqual(Array(7).fill(FAILED));
    expect(find('JKJaXmPLvHcESHA=').rows).toHaveLength(21 + ACCESS_LINES.size);
  });

  it('are shown on the dashboard, except the one that needs an ID', () => {
    const [dashboard] = propertiesOf(template, 'CloudWatch::Dashboard');
    const { widgets } = JSON.parse(renderText(dashboard?.['DashboardBody'], template)) as {
      widgets: readonly { type: string; properties: { title: string; query: string } }[];
    };
    const shown = widgets
      .filter(({ type }) => type === 'log')
      .map(({ properties: { title, query } }) => {
        const logGroups = [...query.matchAll(/SOURCE '([^']+)'/g)].map(([, name = '']) => name);
        return { title, logGroups, query: query.replace(/^(?:SOURCE '[^']+' \| )+/, '') };
      });
    expect(shown).toEqual(queries.filter(({ title }) => title !== 'one-request'));
    for (const { query, logGroups } of shown) expect(runQuery(query, linesOf(logGroups)).unknown).toEqual([]);
  });
});

it('every metric filter reads one of the two logs', () => {
  const groups = resourcesOf(template, 'AWS::Logs::MetricFilter').map(({ Properties }) =>
    nameOf(Properties['LogGroupName']),
  );
  expect(new Set(groups)).toEqual(new Set([FUNCTION_LOG, ACCESS_LOG]));
});
