import {listRuns} from './runs.ts'

/** A run that has to be done again as it was. */
export interface Again {
  /** The suite or file, as it was typed. */
  typed: string
  seed: string
  plant?: string
  powerLoss?: true
  nodes?: number
}

/** Of every suite and file its newest stored run, where that did not pass. Runs on clusters of somebody's own are left out. */
export function failedRuns(root?: string): Again[] {
  const seen = new Set<string>()
  const found: Again[] = []
  for (const {report} of listRuns(root)) {
    const typed = report && typedIn(report.again)
    if (!report || typed === undefined || seen.has(typed)) continue
    seen.add(typed)
    if ((report.result === 'pass' && !report.interrupted) || report.cluster?.scratch === false) continue
    found.push({
      typed,
      seed: report.seed,
      ...(report.plant ? {plant: report.plant} : {}),
      ...(report.powerLoss ? {powerLoss: true} : {}),
      ...(report.cluster ? {nodes: report.cluster.nodes} : {}),
    })
  }
  return found
}

/** `chronik verify './my lab.ts' --seed 7f` → `./my lab.ts` */
function typedIn(again: string): string | undefined {
  const word = /^chronik verify ('(?:[^']|'\\'')*'|\S+)/.exec(again)?.[1]
  return word?.startsWith("'") ? word.slice(1, -1).replaceAll("'\\''", "'") : word
}
