import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { LAMBDA_ENTRY, PACKAGE_ROOT, writeLambdaBundle } from './bundling.ts';

/**
 * Code of the function. Like CDK's own constructs, it bundles nothing for commands that need no code: `cdk list`,
 * `cdk destroy`, and stacks that a `cdk deploy` does not select.
 */
export const functionCode = (scope: Construct): Code =>
  Code.fromAsset(Stack.of(scope).bundlingRequired ? findBundle() : import.meta.dirname);

/** The published package contains the bundle, but no sources. A checkout bundles its sources once per process. */
const findBundle = (): string => {
  if (!existsSync(join(PACKAGE_ROOT, LAMBDA_ENTRY))) return join(PACKAGE_ROOT, 'build/lambda');
  if (!isBundled) writeLambdaBundle(CDK_BUNDLE);
  isBundled = true;
  return join(PACKAGE_ROOT, CDK_BUNDLE);
};

/** A separate folder, because `npm run bundle` may write build/lambda at the same time. */
const CDK_BUNDLE = 'build/cdk';

let isBundled = false;
