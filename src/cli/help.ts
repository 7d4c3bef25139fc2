import { apiStackName, usagePlanName } from '../settings/names.ts';
import { HOPS } from './hops.ts';

/** What stands below the options. */
export const EXPLAIN_HELP: string = `
Exit codes:
  0  the path has a key
  1  it has none
  2  wrong usage

Examples:
  images-api explain /partnerimages/67/28/67286576.jpeg
  images-api explain 67286576.jpeg --prefix images --mapping mapping.json
  images-api explain 67286576.jpeg --mapping '{"routes": [{"path": "{id}.jpeg", "key": "{id}/original.jpeg"}]}' --json`;

export const DOCTOR_HELP: string = `
It asks AWS as whoever runs it, with the SDK's own credentials, region and endpoints; a role has to trust them. It reads
one image at most, changes nothing, and asks for no secret's value.

Exit codes:
   0  no hop is broken
   2  wrong usage
${Object.entries(HOPS)
  .map(([name, { exitCode, claim }]) => `  ${exitCode}  ${name.padEnd(11)} unless ${claim}`)
  .join('\n')}

Examples:
  images-api doctor --environment dev --bucket images --sample /partnerimages/67/28/67286576.jpeg
  images-api doctor --role arn:aws:iam::123456789012:role/images-reader --external-id images-api
  images-api doctor --usage-plan ${usagePlanName(apiStackName('dev', 'alice'))} --json`;
