import {EXIT_MEANINGS} from '../../base/errors.ts'

/** The pages of `chronik help NAME` that are no commands. */
export const HELP_PAGES: Record<string, () => string> = {
  selectors: () => `NODES: who a verb is meant for

  1 2 3         by number; n1 and node1 are the same node
  --leader      the leader of __raft_metadata/0
  --follower    one of its followers, drawn
  --followers   all of them
  --random      any one node, drawn
  --minority    as many nodes as a quorum can do without, drawn
  --majority    one more than that, drawn
  --all         every node

  -t, --topic T --partition P   leader and followers of that partition instead

A verb that harms (kill stop restart pause disk) needs NODES. A verb that mends
(start resume heal) takes all that need it when none is given. Leaders are
asked for at the moment of the order, and the answer says why a node matched.
`,
  'exit-codes': () => `Exit codes

${EXIT_MEANINGS.map(({code, meaning}) => `  ${String(code).padStart(3)}  ${meaning}`).join('\n')}
`,
  environment: () => `Environment

  CHRONIK_CLUSTER   the cluster when -c is not given (default: default)
  XDG_STATE_HOME    where clusters and runs are kept (~/.local/state)
  XDG_RUNTIME_DIR   where sockets go when their path would be too long
  NO_COLOR          no colour      FORCE_COLOR  colour without a terminal
  DEBUG             stack traces of chronik's own failures
`,
  files: () => `Files

  STATE    $XDG_STATE_HOME/chronik/clusters/NAME, or --dir DIR: one cluster
    cluster.json          its specification and ports
    events.jsonl          everything done and seen, numbered
    supervisor.log        what the supervisor printed
    node1.log             what node 1 printed, over all its lives
    aside/                bytes that chronik disk replaced or took away
    fetched/n1/           files of a dead n1 that was attached (--exec fetch)
    node1.unsynced/       what n1 has not synced (--disk lossy)
    node1/node.json       whose data this is
    node1/groups.log      every Raft group replica opened here
    node1/wal/__meta/__raft_metadata/0/wal_0_0.log
    node1/wal/TOPIC/PARTITION/wal_PARTITION_SEGMENT.log
  RUNS     $XDG_STATE_HOME/chronik/runs/TIME-SUITE: one run
    report.json .xml .md  the verdicts, with their evidence
    history.jsonl         every client operation
    events.jsonl          the journal of the cluster that was used
    nodes/                WAL copies and logs, when something failed
    latest                a link to the newest run

A place in a file is written FILE@BYTE; chronik wal dump FILE --at BYTE --hex
shows it.
`,
}
