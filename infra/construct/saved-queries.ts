import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ImagesApi } from './images-api.ts';

export interface SavedQuery {
  readonly title: string;
  readonly logGroups: readonly ILogGroup[];
  readonly lines: readonly string[];
  /** True if the query has a placeholder for the ID of a request, which the operator replaces. */
  readonly needsId?: true;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
export const listQueries = ({ accessLog, functionLog }: ImagesApi): readonly SavedQuery[] => [
  {
    title: 'usage-per-api-key',
    logGroups: [accessLog],
    lines: ['stats count(*) as requests, sum(bytes) as bytesSent by apiKeyId, status, refusal', 'sort requests desc'],
  },
  {
    title: 'images-per-api-key',
    logGroups: [functionLog],
    lines: [
      // HEAD sends no image and no listing.
      'filter method in ["GET", "POST"] and status in [200, 206, 304, 307]',
      // Only the line of one image has its key, and only those of listings (GET) and batches (POST) have images.
      'stats count(key) as served, sum(images) as listedOrSigned by apiKeyId, method',
      'sort served desc',
    ],
  },
  {
    title: 'slowest-paths',
    logGroups: [functionLog],
    lines: [
      // The path of listings (GET) and batches (POST) is empty.
      'filter ispresent(ms.store) and ispresent(path)',
      'stats count(*) as requests, max(ms.store) as slowest, pct(ms.store, 50) as median, max(bytes) as largest by method, path',
      'sort slowest desc',
      'limit 25',
    ],
  },
  {
    title: 'errors-by-code',
    logGroups: [functionLog],
    lines: [
      // The runtime writes a line with the same code if a stream breaks, but without a status.
      'filter ispresent(code) and ispresent(status)',
      'stats count(*) as errors, latest(path) as example by code, status',
      'sort errors desc',
    ],
  },
  {
    title: 'runtime-failures',
    logGroups: [functionLog],
    lines: [
      'fields @timestamp, @requestId, @message',
      `filter not ispresent(status) and @message like /${RUNTIME_FAILURE}/`,
      'sort @timestamp desc',
      'limit 50',
    ],
  },
  {
    title: 'one-request',
    logGroups: [functionLog, accessLog],
    needsId: true,
    lines: [
      '# Replace ID with the X-Request-Id of a response. Then replace it with the invocation that this finds, to see the lines of the runtime as well.\n' +
        'fields @timestamp, coalesce(awsRequestId, integrationRequestId, @requestId) as invocation, @message',
      'filter @message like "ID"',
      'sort @timestamp asc',
      'limit 100',
    ],
  },
];

/**
 * Texts that the runtime writes if an invocation fails: the timeout, the end of the process, the status in REPORT and INIT_REPORT,
 * and the errors of the Node.js runtime.
 * https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
 */
const RUNTIME_FAILURE = [
  'Task timed out',
  'Runtime exited',
  'Status: (error|timeout)',
  'Invoke Error',
  'Uncaught Exception',
  'Unhandled Promise Rejection',
].join('|');
