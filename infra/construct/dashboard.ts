import { Dashboard, GraphWidget, type IMetric, LogQueryWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { dashboardName } from '../../src/settings/names.ts';
import type { Metrics } from './metrics.ts';
import type { SavedQuery } from './saved-queries.ts';

/** Adds the dashboard: the metrics, and the results of the queries that need no ID. */
export const addDashboard = (
  scope: Construct,
  name: string,
  metrics: Metrics,
  queries: readonly SavedQuery[],
): Dashboard => {
  const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
    new GraphWidget({ title, left, right, width: 12 });
  const dashboard = new Dashboard(scope, 'Dashboard', { dashboardName: dashboardName(name) });
  dashboard.addWidgets(
    graph('Requests', [metrics.requests]),
    graph('Errors', [metrics.clientErrors, metrics.serverErrors, metrics.functionErrors]),
    graph('Latency', [...metrics.latencies]),
    graph('Bytes sent, and p99 of the store latency', [metrics.bytes], [metrics.storeLatency]),
    graph('Store errors, refused roles and broken responses', [
      metrics.storeErrors,
      metrics.refusedRoles,
      metrics.brokenImages,
    ]),
    graph(
      'Concurrent executions, and refused requests',
      [metrics.concurrency],
      [metrics.throttles, metrics.throttledRequests, metrics.quotaRefusals],
    ),
    ...queries
      .filter(({ needsId }) => !needsId)
      .map(
        ({ title, logGroups, lines }) =>
          new LogQueryWidget({
            title,
            logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
            queryLines: [...lines],
            width: 12,
          }),
      ),
  );
  return dashboard;
};
