import type { Template } from './assembly.ts';

/** Properties that hold the name of a resource. */
const NAMES = ['LogGroupName', 'FunctionName', 'StageName', 'Name'];

/**
 * The text of a value of a template, like CloudFormation renders it: references to a resource become its physical name, and
 * references to a pseudo parameter its own name.
 */
export const renderText = (value: unknown, template: Template): string => {
  if (typeof value !== 'object' || value === null) return String(value);
  const { Ref: id, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, readonly unknown[]] };
  if (join !== undefined) return join[1].map((part) => renderText(part, template)).join(join[0]);
  if (id === undefined) throw new Error(`cannot be rendered: ${JSON.stringify(value)}`);
  const properties = template.Resources[id]?.Properties ?? {};
  const name = NAMES.find((property) => property in properties);
  return name === undefined ? id : renderText(properties[name], template);
};
