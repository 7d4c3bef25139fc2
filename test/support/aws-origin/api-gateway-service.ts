import { randomUUID } from 'node:crypto';
import { type Answer, type ReceivedRequest, Refusal } from './exchange.ts';

export interface UsagePlan {
  readonly name: string;
  readonly apiStages: readonly { readonly apiId: string; readonly stage: string }[];
  /** GetUsagePlanKeys returns their values too. */
  readonly keys: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Answers GetUsagePlans, with one plan per page, and GetUsagePlanKeys.
 * https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsagePlans.html
 *
 * @throws Refusal
 */
export const answerApiGateway = ({ path, query }: ReceivedRequest, plans: readonly UsagePlan[]): Answer => {
  const [, , id] = path.split('/');
  if (id === undefined) {
    const page = Number(new URLSearchParams(query).get('position') ?? 0);
    const item = plans.slice(page, page + 1).map(({ name, apiStages }) => ({ id: `plan-${page}`, name, apiStages }));
    return answer(200, { item, ...(page + 1 < plans.length && { position: String(page + 1) }) });
  }
  const plan = plans[Number(id.replace('plan-', ''))];
  if (plan === undefined || !path.endsWith('/keys')) throw new Refusal(404, 'NotFoundException');
  return answer(200, { item: plan.keys.map((key, index) => ({ id: `key-${index}`, type: 'API_KEY', ...key })) });
};

export const refuseApiGateway = ({ status, code, message }: Refusal): Answer => {
  const { headers, ...others } = answer(status, { message });
  return { ...others, headers: { ...headers, 'x-amzn-ErrorType': code } };
};

const answer = (status: number, body: object): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json', 'x-amzn-RequestId': randomUUID() },
  body: JSON.stringify(body),
});
