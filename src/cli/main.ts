#!/usr/bin/env node
import { accountAdd } from './commands/account/add.ts';
import { ca } from './commands/ca.ts';
import { configure } from './commands/configure.ts';
import { denials } from './commands/denials.ts';
import { explain } from './commands/explain.ts';
import { policyCheck } from './commands/policy/check.ts';
import { policyExplain } from './commands/policy/explain.ts';
import { policyGenerate } from './commands/policy/generate.ts';
import { policyLint } from './commands/policy/lint.ts';
import { policySimulate } from './commands/policy/simulate.ts';
import { policyUnused } from './commands/policy/unused.ts';
import { metadata } from './commands/metadata.ts';
import { exec } from './commands/exec.ts';
import { serve } from './commands/serve.ts';
import { version } from './commands/version.ts';
import { whoami } from './commands/whoami.ts';
import { runCommand, type Command } from './command.ts';
import { processIo } from './io.ts';

/** Every command by the words that call it. */
const COMMANDS: Readonly<Record<string, Command>> = {
  serve,
  ca,
  configure,
  exec,
  whoami,
  explain,
  denials,
  metadata,
  'policy check': policyCheck,
  'policy lint': policyLint,
  'policy simulate': policySimulate,
  'policy explain': policyExplain,
  'policy generate': policyGenerate,
  'policy unused': policyUnused,
  'account add': accountAdd,
  version,
};

process.exitCode = await runCommand(COMMANDS, process.argv.slice(2), processIo());
