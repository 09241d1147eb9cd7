import type {RunRequest} from './run.ts'

/** A lab in which the verdicts are on trial: a suite's step, or a scenario of `labs/trials`, which is whole. */
export interface Place {
  lab: string
  /** Of a suite: the title of the step that holds the named check. */
  step?: string
  powerLoss?: true
}

/** Where a planted bug is sought on real processes, and the checks of which one has to catch it there. */
export interface Sought extends Place {
  plant: string
  checks: readonly string[]
}

/** One row a bug that real processes show within a few runs. */
export const SOUGHT: readonly Sought[] = [
  // The vote that a new leader counted, beside what is on the voter's disk.
  {plant: 'R01', lab: 'trials/votes', checks: ['D5', 'L1'], powerLoss: true},
  {plant: 'R04', lab: 'recovery', step: 'all killed, all restarted', checks: ['D8', 'L2']},
  {plant: 'R06', lab: 'trials/slow-followers', checks: ['D7', 'H1'], powerLoss: true},
  // Answers wait until the leader has applied, and it applies what it has synced: no client is told too early (H1), but another node is.
  {plant: 'R07', lab: 'trials/slow-leader', checks: ['D7', 'H1'], powerLoss: true},
  {plant: 'R08', lab: 'trials/overwritten', checks: ['L6']},
  {plant: 'R14', lab: 'trials/deaf-leader', checks: ['L8', 'H10']},
  {plant: 'R15', lab: 'trials/clock-back', checks: ['H10']},
  {plant: 'R18', lab: 'trials/votes', checks: ['D5'], powerLoss: true},
  {plant: 'W01', lab: 'recovery', step: 'all killed, all restarted', checks: ['D8', 'D2']},
  {plant: 'W02', lab: 'trials/flipped-bit', checks: ['P2', 'D1']},
  {plant: 'W03', lab: 'trials/flipped-bit', checks: ['P2', 'D3']},
  {plant: 'W04', lab: 'wal', step: 'a torn end is cut', checks: ['D1', 'D7']},
  {plant: 'W05', lab: 'trials/torn-ends', checks: ['L8']},
  {plant: 'W06', lab: 'trials/overwritten', checks: ['D8', 'D8e', 'L5']},
  {plant: 'W08', lab: 'wal', step: 'many segments, then all killed', checks: ['D3', 'D7'], powerLoss: true},
  {plant: 'W09', lab: 'trials/failed-sync', checks: ['D7'], powerLoss: true},
  {plant: 'W10', lab: 'trials/full-for-a-while', checks: ['D1']},
  {plant: 'W12', lab: 'wal', step: 'many segments, then all killed', checks: ['D3', 'D8', 'D8e']},
  {plant: 'W16', lab: 'wal', step: 'many segments, then all killed', checks: ['D7', 'H1']},
  {plant: 'W17', lab: 'recovery', step: 'all killed, all restarted', checks: ['D8', 'L3']},
  {plant: 'W20', lab: 'wal', step: 'many segments, then all killed', checks: ['D7'], powerLoss: true},
  {plant: 'W21', lab: 'trials/recovered-not-synced', checks: ['D7', 'L5'], powerLoss: true},
  {plant: 'W24', lab: 'trials/rotations', checks: ['D3', 'D7'], powerLoss: true},
  {plant: 'W31', lab: 'recovery', step: 'all killed, all restarted', checks: ['D2']},
  {plant: 'S01', lab: 'trials/snapshots', checks: ['D6']},
  {plant: 'S02', lab: 'trials/snapshots', checks: ['D6'], powerLoss: true},
  {plant: 'S03', lab: 'trials/snapshots', checks: ['D6'], powerLoss: true},
  {plant: 'S07', lab: 'snapshots', checks: ['L4']},
  {plant: 'M04', lab: 'trials/wiped-node', checks: ['L5', 'H1']},
  {plant: 'T03', lab: 'trials/newborn', checks: ['D7', 'P2']},
  {plant: 'K02', lab: 'trials/two-failovers', checks: ['L6', 'H3']},
  {plant: 'K03', lab: 'trials/repeated-writes', checks: ['H4']},
  {plant: 'K05', lab: 'trials/lonely-leader', checks: ['H1']},
  {plant: 'K08', lab: 'trials/lonely-coordinator', checks: ['H11']},
  {plant: 'K31', lab: 'recovery', checks: ['H2']},
  {plant: 'K32', lab: 'recovery', checks: ['H5']},
  {plant: 'K33', lab: 'recovery', checks: ['H6']},
]

/** Where each harmless change has to stay green: everybody dies, and everybody is looked at. */
export const CONTROL: Place = {lab: 'recovery', step: 'all killed, all restarted'}

/** Every place once: where a bug is sought, the broker without one has to stay green. */
export function placesOf(rows: readonly Place[]): Place[] {
  const places = new Map<string, Place>()
  for (const {lab, step, powerLoss} of rows)
    places.set(`${lab} ${step ?? ''} ${powerLoss ?? ''}`, {
      lab,
      ...(step === undefined ? {} : {step}),
      ...(powerLoss ? {powerLoss} : {}),
    })
  return [...places.values()]
}

export function requestFor({step, powerLoss}: Place): Pick<RunRequest, 'only' | 'powerLoss'> {
  return {...(step === undefined ? {} : {only: [step]}), ...(powerLoss ? {powerLoss} : {})}
}
