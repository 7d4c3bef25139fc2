import { alternativesSection } from './alternatives-section.ts';
import { costSection, costSummary } from './cost-section.ts';
import { limitsSection, limitsSummary } from './limits-section.ts';
import { list } from './markdown.ts';
import { remediesSection } from './remedies-section.ts';
import type { Scenario } from './scenario.ts';
import { sourcesSection } from './sources-section.ts';

/** The page, whose every figure is computed. */
export const renderPage = (
  scenario: Scenario,
): string => `<!-- Written by npm run docs:scale. Change cost-model instead. -->

# What it costs, and how far it goes

Computed by \`npm run docs:scale\` from published prices and quotas, the settings of the stack, and what \`npm run bench\`
measured of this service. Nothing here was run on AWS: it is a model, and [what it follows from](#what-this-follows-from) is
all on this page.

${list([...costSummary(scenario), ...limitsSummary(scenario)])}

![Left: what a million images cost by their size, streamed, buffered, in ranges, from CloudFront and with presigned URLs. Right: how many images a second each limit lets through, by size.](scale.svg)

${costSection(scenario)}
${alternativesSection(scenario)}
${limitsSection(scenario)}
${remediesSection(scenario)}
${sourcesSection(scenario)}`;
