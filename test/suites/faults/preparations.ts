import type { BucketService } from '../../support/bucket-service.ts';
import { createIntervention, type FaultyReply, type Target } from './interventions.ts';

type Preparation = (service: BucketService) => unknown;

/** Replaces all answers of S3, or those that `target` selects. */
export const always =
  (reply: FaultyReply, target?: Target): Preparation =>
  ({ origin }) =>
    origin.intervene(createIntervention(reply, target));

export const once = (reply: FaultyReply, target?: Target): Preparation => always(reply, { times: 1, ...target });

export const alwaysFromSts = (reply: FaultyReply): Preparation => always(reply, { service: 'STS' });
