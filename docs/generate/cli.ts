import { homedir } from 'node:os';
import { Command, type Option } from 'commander';
import { commands } from '../../cli/commands.js';
import { defaultDataFolder } from '../../src/base/data-folder.js';
import { packageRoot } from '../../src/base/package-root.js';
import { code, markdownTable, plain } from './markdown.js';

/** Every command with all of its options, as `tempograph` itself has only of the one that is asked for. */
export async function commandLine(): Promise<Command> {
  const program = new Command('tempograph');
  for (const { name, description, register } of commands) {
    (await register())(program.command(name).description(description));
  }
  return program;
}

/** The page of all commands, from what their `--help` says. */
export function cliReference(program: Command): string {
  const commands = program.commands.filter((command) => command.name() !== 'help');
  return `# Command line

Generated from the commands' own definitions by \`npm run docs -- --generate\`. \`npx tempograph <command> --help\` prints the
same.

${markdownTable(
  ['command', 'what it does'],
  commands.map((command) => [
    `[${code(command.name())}](#${command.name()})`,
    plain(firstUp(command.description())),
  ]),
)}

${commands.map((command) => section(command, 2)).join('\n\n')}
`;
}

function section(command: Command, level: number): string {
  const path = pathOf(command);
  const title = path.split(' ').slice(1).join(' ');
  const help = command.createHelp();
  const options = help.visibleOptions(command).filter((option) => option.long !== '--help');
  const subcommands = command.commands.filter((sub) => sub.name() !== 'help');
  const parts = [
    `${'#'.repeat(level)} ${title}`,
    `${plain(firstUp(command.description()))}.`,
    `\`\`\`text\n${path} ${command.usage()}\n\`\`\``,
    argumentTable(command),
    options.length > 0 && markdownTable(['option', 'what it says', 'default'], options.map(optionRow)),
    afterHelp(command),
    ...subcommands.map((sub) => section(sub, level + 1)),
  ];
  return parts.filter((part) => part !== false && part !== '').join('\n\n');
}

function argumentTable(command: Command): string {
  const described = command.registeredArguments.filter(({ description }) => description !== '');
  if (described.length === 0) return '';
  return markdownTable(
    ['argument', 'what it is'],
    described.map((argument) => {
      const name = `${argument.name()}${argument.variadic ? '…' : ''}`;
      return [code(argument.required ? `<${name}>` : `[${name}]`), plain(argument.description)];
    }),
  );
}

function optionRow(option: Option): string[] {
  const choices = option.argChoices ? ` (${option.argChoices.join(', ')})` : '';
  const must = option.mandatory ? '; required' : '';
  return [code(option.flags), plain(`${option.description}${choices}${must}`), defaultOf(option)];
}

/** An option's default in words that hold on every machine. */
function defaultOf({ defaultValue, defaultValueDescription, negate, long }: Option): string {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  if (defaultValue === undefined || negate || (Array.isArray(defaultValue) && defaultValue.length === 0)) {
    return '';
  }
  if (long === '--threads') return 'all cores';
  return code(portable(String(defaultValue)));
}

/** Paths of this machine as they are called on every other. */
function portable(text: string): string {
  return text
    .replaceAll(defaultDataFolder(), '~/.local/share/tempograph')
    .replaceAll(`${packageRoot}/`, '')
    .replaceAll(homedir(), '~');
}

/** What stands below the options: notes and examples. */
function afterHelp(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (more) => (text += more) });
  command.outputHelp();
  text = text.replace(command.helpInformation(), '').trim();
  return text === '' ? '' : `\`\`\`text\n${portable(text)}\n\`\`\``;
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

const firstUp = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
