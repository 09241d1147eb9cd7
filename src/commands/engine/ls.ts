import {EXIT, type ExitCode} from '../../base/errors.ts'
import {ENGINES} from '../../engines/index.ts'
import {BaseCommand} from '../base.ts'
import {columns} from '../terminal.ts'

export default class EngineLs extends BaseCommand {
  static override summary = 'What a node can run: what is here, what is missing, how to get it.'
  static override usage = ''
  static override examples = ['chronik engine ls']

  protected async execute(): Promise<ExitCode> {
    const found = await Promise.all(
      ENGINES.map(async engine => ({
        ...(await engine.availability({kafkaHome: process.env.KAFKA_HOME, binary: process.env.CHRONIK_SERVER})),
        acknowledged: engine.contract.acknowledged,
        cannot: engine.contract.cannot,
      })),
    )
    if (this.asJson) {
      for (const one of found) this.json(one)
      return EXIT.ok
    }
    const [head, ...rows] = columns([
      ['ENGINE', 'STATE', 'SEEN'],
      ...found.map(e => [e.name, e.available ? 'here' : 'missing', e.available ? e.found : e.missing]),
    ]).split('\n')
    const indent = ' '.repeat(head.indexOf('SEEN'))
    this.out(
      [
        head,
        ...rows.flatMap((row, i) => (found[i].next ? [row, `${indent}Try: ${this.hint(found[i].next)}`] : [row])),
      ].join('\n'),
    )
    return EXIT.ok
  }
}
