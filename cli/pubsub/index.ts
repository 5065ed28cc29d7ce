import type { Command } from 'commander';
import { cacheOption, endpointOption, integer, topicArgument } from '../options.ts';
import type { PublishFlags } from './publish.ts';
import type { SubscribeFlags } from './subscribe.ts';

export function addPubsubCommands(program: Command): void {
  program
    .command('publish')
    .description('publish items to a topic: the text, a file, or each line of the input')
    .addArgument(topicArgument())
    .argument('[text]', 'one item; without it, --file or standard input')
    .option('-f, --file <path>', 'publish a whole file as one item of bytes')
    .option('--binary', 'publish the whole input as one item of bytes')
    .option(
      '--parallel <n>',
      'items that may wait for their answer; their order is kept',
      integer(1, 100_000),
      10_000,
    )
    .option('--json', 'report in one line of JSON')
    .addOption(cacheOption())
    .addOption(endpointOption())
    .addHelpText('after', publishHelp)
    .action(async (topic: string, text: string | undefined, flags: PublishFlags) => {
      const { publish } = await import('./publish.ts');
      await publish(topic, text, flags);
    });
  program
    .command('subscribe')
    .description('print the items of a topic as they come; comes back by itself after a break')
    .addArgument(topicArgument())
    .option('-n, --count <n>', 'end after this many items', integer(1, Number.MAX_SAFE_INTEGER))
    .option(
      '--from <N>',
      'begin with item N if it is still kept; otherwise with what is kept, after a discontinuity',
      integer(1, Number.MAX_SAFE_INTEGER),
    )
    .option('--page <page>', 'the page that --from counts in', integer(1, Number.MAX_SAFE_INTEGER))
    .option('--json', 'one line of JSON an item, with sequence and page, and one a discontinuity')
    .addOption(cacheOption())
    .addOption(endpointOption())
    .addHelpText('after', subscribeHelp)
    .action(async (topic: string, flags: SubscribeFlags) => {
      const { subscribe } = await import('./subscribe.ts');
      await subscribe(topic, flags);
    });
}

const publishHelp = `
Lines, files and standard input go on one stream, in order. An item counts once its owner has it. After the first failure
nothing more is sent; items that were on their way may have been published. Ctrl-C ends lines: what was sent is waited for
and reported. Lines are text: what is not UTF-8 in them becomes U+FFFD, so publish bytes with --file or --binary.

Examples:
  topicplane publish greetings 'hello, world'
  tail -f app.log | topicplane publish logs
  topicplane publish images --file photo.jpg --cache media`;

const subscribeHelp = `
--from 1 gives all that is kept.

Missing items are always told: as a line on standard error, or with --json as
  {"discontinuity":{"lastSequence":2,"newSequence":9,"newPage":P}}
  lastSequence  the last item before the gap that this subscription had, or asked to go on after; 0: none
  newSequence   the last item of the gap: the next one has the number after it
  newPage       the page that newSequence counts in. Same page as before: the items between the two are missing.
                Another page: the numbering began anew, and items before that may be missing
A connection that is lost, and its return, are told on standard error.
To a pipe, payloads go as they are, a newline after each.

Examples:
  topicplane subscribe greetings
  topicplane subscribe greetings --from 1 --count 10 --json
  topicplane subscribe greetings --endpoint 10.0.0.5:8080 --cache media`;
