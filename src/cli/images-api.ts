#!/usr/bin/env node
import { runCommand } from './program.ts';

// `images-api … | head` closes the pipe before the command ends. The rest has no reader, so the command may end as well.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCommand(process.argv.slice(2), process.env, process);
