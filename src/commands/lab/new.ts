import {existsSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join, relative, resolve} from 'node:path'
import {EXIT, type ExitCode, UsageError} from '../../base/errors.ts'
import {oneLine} from '../../base/one-line.ts'
import {packageRoot} from '../../base/package-root.ts'
import {BaseCommand} from '../base.ts'

export default class LabNew extends BaseCommand {
  static override summary =
    'A starter file for a verification of your own, here; and a tsconfig.json when there is none.'
  static override usage = 'NAME'
  static override examples = ['chronik lab new lost-follower', 'chronik verify ./lost-follower.ts']
  static override strict = false

  protected async execute(): Promise<ExitCode> {
    if (this.words.length !== 1) throw new UsageError('One name: chronik lab new lost-follower', 'chronik lab new -h')
    const [name] = this.words
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name))
      throw new UsageError(`"${oneLine(name.slice(0, 80))}" is no name of a lab: 1 to 63 of a-z 0-9 -, the first no -`)
    const file = resolve(`${name}.ts`)
    if (existsSync(file)) throw new UsageError(`${name}.ts is there already; it is left as it is.`)
    writeFileSync(file, starter(name), {flag: 'wx'})
    const config = resolve('tsconfig.json')
    const fresh = !existsSync(config)
    if (fresh) writeFileSync(config, `${JSON.stringify(tsconfig(), null, 2)}\n`, {flag: 'wx'})
    if (this.asJson) this.json({file, tsconfig: fresh ? config : null})
    else {
      this.out(`${name}.ts`)
      this.out(fresh ? 'tsconfig.json' : 'tsconfig.json was there already and is left as it is')
    }
    this.next(`chronik verify ./${name}.ts`)
    return EXIT.ok
  }
}

function tsconfig() {
  return {
    compilerOptions: {
      target: 'es2022',
      module: 'esnext',
      moduleResolution: 'bundler',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      ...pathsFromHere(),
    },
    include: ['*.ts'],
  }
}

/** Where the types of `chronik/lab` lie, unless chronik is installed beside the lab, where every tool finds them. */
function pathsFromHere(): {paths?: Record<string, string[]>} {
  try {
    createRequire(resolve('x.js')).resolve('chronik/lab')
    return {}
  } catch {
    const types = join(packageRoot(), 'dist', 'lab.d.ts')
    const near = relative(process.cwd(), types)
    return {paths: {'chronik/lab': [near.startsWith('..') ? types : `./${near}`]}}
  }
}

function starter(name: string): string {
  return `import {lab} from 'chronik/lab'

// Run it:  chronik verify ./${name}.ts      What else there is: docs/labs.md, and the types of 'chronik/lab'.
export default lab('${name.replaceAll('-', ' ')}', async ({cluster, load, check}) => {
  const follower = await cluster.follower()
  await load.start({rate: 50, acks: 'all'})

  // What is done to the cluster, and how long writes must go on meanwhile.
  await follower.pause()
  await load.acknowledged(50, {withinMs: 10_000})
  await follower.resume()
  await cluster.until(follower.caughtUp, {withinMs: 10_000})

  // What has to hold. Each check can fail; a lab without one is unknown, which is no pass.
  check.equal('same log as the leader', await follower.logHash(), await (await cluster.leader()).logHash())
  check.history('nothing lost', await load.stop())
})
`
}
