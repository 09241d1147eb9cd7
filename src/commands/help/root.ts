/** The first screen: 24 lines of 80 columns. */
export const ROOT_HELP = `Kill the nodes of a local Kafka-compatible Raft cluster; prove nothing was lost.

  chronik cluster up          3 nodes on this machine, in about a second
  chronik dashboard           watch them, kill them, see what happens
  chronik kill --leader       SIGKILL; how long the election took
  chronik wal dump            what is really on the disk, record by record
  chronik verify recovery     pass or fail, with the bytes that show it

CLUSTER  cluster (up status ls down purge add remove replace attach), repair
FAULTS   kill stop pause start resume restart partition link disk clock heal
         fault nemesis
INSPECT  wal (dump ls verify diff), hardstate, logs, events, mark   never writes
CLIENT   topic produce consume load
VERIFY   verify, report, lab
MORE     doctor engine sim autocomplete

NODES are 1 2 3, or --leader --follower --followers --random --minority
--majority --all. A cluster is -c NAME (default). --json works everywhere.
chronik COMMAND -h · chronik help selectors | exit-codes | environment | files
`

/** The last line of the first screen: what there is, or where to begin. */
export function rootFooter(clusters: ReadonlyArray<{name: string; state: string; engine: string}>): string {
  if (clusters.length === 0) return '\nNothing runs yet. Start here:  chronik cluster up\n'
  const width = Math.max(...clusters.map(c => c.name.length))
  return `\n${clusters.map(c => `  ${c.name.padEnd(width)}  ${c.state}  ${c.engine}`).join('\n')}\n`
}
