import {type Directive, describeDifference, parseDatadriven} from './datadriven.ts'
import {InteractionEnvironment} from './environment.ts'
import {MembershipEnvironment} from './membership.ts'
import {runQuorum} from './quorum.ts'

/** One directive whose output differs from the recorded one. */
export interface Mismatch {
  line: number
  directive: string
  difference: string
}

/**
 * Runs all directives of one file against one environment, its kind told by what they are called. Up to `limit` mismatches: behind the first the
 * environment may have parted from the recorded one for good.
 */
export function runFile(text: string, limit = 3): Mismatch[] {
  const directives = parseDatadriven(text)
  if (directives.length === 0) throw new Error('no directive in it')
  const run = runner(directives)
  const mismatches: Mismatch[] = []
  for (const d of directives) {
    let printed: string
    try {
      printed = run(d)
    } catch (error) {
      mismatches.push({line: d.line, directive: d.text, difference: `+ threw ${(error as Error).stack}`})
      break
    }
    if (printed === d.expected || printed === settled(d.expected)) continue
    mismatches.push({line: d.line, directive: d.text, difference: describeDifference(d.expected, printed)})
    if (mismatches.length >= limit) break
  }
  return mismatches
}

function runner(directives: readonly Directive[]): (d: Directive) => string {
  const has = (...commands: string[]) => directives.some(d => commands.includes(d.command))
  if (has('committed', 'vote')) return runQuorum
  const environment = has('simple', 'enter-joint', 'leave-joint')
    ? new MembershipEnvironment()
    : new InteractionEnvironment()
  return d => environment.run(d)
}

/** The library prints one ConfState in protobuf's text form, with one or two blanks between its fields: which, depends on how it was built. */
function settled(recorded: string): string {
  return recorded.replace(/it is not in the ConfState .*; should never happen$/gm, line => line.replaceAll('  ', ' '))
}
