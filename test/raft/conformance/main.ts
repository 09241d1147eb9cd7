import {readdirSync, readFileSync, statSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {runFile} from './conformance.ts'

process.exitCode = main(process.argv.slice(2).map(here))

/** Runs every file under the folders given (files may be given too). Exit code: 1 when one failed, 2 when there was nothing to run. */
function main(paths: readonly string[]): number {
  if (paths.length === 0) {
    console.error('Usage: npm run raft:conformance -- DIR...   (folders of datadriven files: *.txt)')
    return 2
  }
  let passed = 0
  let failed = 0
  const files: string[] = []
  for (const path of paths) {
    try {
      collect(path, files, true)
    } catch (error) {
      failed++
      console.log(`FAIL ${path}: ${(error as Error).message}`)
    }
  }
  for (const file of files) {
    try {
      const mismatches = runFile(readFileSync(file, 'utf8'))
      if (mismatches.length === 0) {
        passed++
        continue
      }
      console.log(`FAIL ${file}`)
      for (const {line, directive, difference} of mismatches)
        console.log(`\n  ${file}:${line}  ${directive}\n${difference.replace(/^/gm, '    ')}\n`)
    } catch (error) {
      console.log(`FAIL ${file}: ${(error as Error).message}`)
    }
    failed++
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed > 0 ? 1 : passed > 0 ? 0 : 2
}

/** Files are data, whatever they are called; READMEs and hidden ones aside. */
function collect(path: string, into: string[], given: boolean): void {
  if (!statSync(path).isDirectory()) {
    if (given || !/(^|\/)(\.|README|LICENSE|NOTICE)|\.(md|json)$/i.test(path.slice(path.lastIndexOf('/') + 1)))
      into.push(path)
    return
  }
  for (const name of readdirSync(path).sort()) if (!name.startsWith('.')) collect(join(path, name), into, false)
}

/** npm runs scripts in the package's folder: a path is meant from where it was typed. */
function here(path: string): string {
  return resolve(process.env.INIT_CWD ?? '.', path)
}
