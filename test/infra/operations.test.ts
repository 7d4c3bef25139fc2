import { describe, expect, it } from 'vitest';
import { synthesize, type Template } from '../support/assembly.ts';
import { embed, propertiesOf } from './embedding.ts';

describe('Operations', () => {
  const TOPIC = 'arn:aws:sns:eu-central-1:111111111111:alarms';
  const template = embed({}, TOPIC);

  it('creates four alarms that notify the topic', () => {
    const alarms = propertiesOf(template, 'CloudWatch::Alarm').map(({ AlarmName, AlarmActions }) => [
      AlarmName,
      AlarmActions,
    ]);
    expect(alarms).toEqual([
      ['their-images--5xx-rate', [TOPIC]],
      ['their-images--p99', [TOPIC]],
      ['their-images--throttles', [TOPIC]],
      ['their-images--role-refused', [TOPIC]],
    ]);
  });

  it('creates alarms without actions if no topic is given', () => {
    for (const { AlarmActions } of propertiesOf(embed(), 'CloudWatch::Alarm')) expect(AlarmActions).toBeUndefined();
  });

  it('counts refused roles and store errors by their code in the request log', () => {
    const filters = propertiesOf(template, 'Logs::MetricFilter').map(({ FilterPattern }) => FilterPattern);
    expect(filters).toEqual(expect.arrayContaining(['{ $.code = "role-refused" }', '{ $.code = "store-*" }']));
  });

  it('saves three queries, and shows them on the dashboard next to the metrics', () => {
    const queries = propertiesOf(template, 'Logs::QueryDefinition').map(({ Name }) => Name);
    expect(queries).toEqual([
      'their-images/usage-per-api-key',
      'their-images/slowest-paths',
      'their-images/errors-by-code',
    ]);
    const dashboard = JSON.stringify(propertiesOf(template, 'CloudWatch::Dashboard')[0]?.['DashboardBody']);
    for (const shown of [
      'Count',
      '4XXError',
      '5XXError',
      'Latency',
      'p50',
      'p90',
      'p99',
      'Bytes',
      'StoreErrors',
      'by apiKeyId',
    ]) {
      expect(dashboard).toContain(shown);
    }
  });

  it('exists in the stack of an environment, but not in stacks of engineers', () => {
    const templates = synthesize({ environment: 'dev', owner: 'alice' });
    const alarmsIn = (stack: string) => propertiesOf(templates.get(stack) as Template, 'CloudWatch::Alarm').length;
    expect([alarmsIn('images-api-dev'), alarmsIn('images-api-dev-alice')]).toEqual([4, 0]);
  });
});
