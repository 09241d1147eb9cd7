import {ConfChangeError, enterJoint, leaveJoint, type Membership, simple} from '../../../src/raft/conf-change.ts'
import {Inflights} from '../../../src/raft/inflights.ts'
import {byNumber, describeConfiguration, NO_CONFIGURATION} from '../../../src/raft/tracker.ts'
import type {Directive} from './datadriven.ts'
import {parseChanges} from './environment.ts'

/** `simple`, `enter-joint` and `leave-joint`, one after the other on one configuration. */
export class MembershipEnvironment {
  #now: Membership = {config: NO_CONFIGURATION, members: new Map()}
  #lastIndex = 0

  run(d: Directive): string {
    const base = {...this.#now, lastIndex: this.#lastIndex++, newInflights: () => new Inflights(10, 0)}
    try {
      const changes = parseChanges(d.input)
      if (d.command === 'simple') this.#now = simple(base, changes)
      else if (d.command === 'enter-joint')
        this.#now = enterJoint(
          base,
          d.args.some(a => a.key === 'autoleave' && a.values[0] === 'true'),
          changes,
        )
      else if (d.command === 'leave-joint') {
        if (changes.length > 0) throw new ConfChangeError('this command takes no input')
        this.#now = leaveJoint(base)
      } else return 'unknown command\n'
    } catch (error) {
      return `${(error as Error).message}\n`
    }
    const members = [...this.#now.members.values()].sort((a, b) => byNumber(a.id, b.id))
    return `${describeConfiguration(this.#now.config)}\n${members.map(p => `${p.id}: ${p}\n`).join('')}`
  }
}
