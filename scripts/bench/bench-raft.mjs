// Proposals that three Raft cores in one process commit in a second, logs in memory; beside it go.etcd.io/raft with the same workload, in turns.
import {spawnSync} from 'node:child_process'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {inScratch, median, root, row} from './measure.mjs'

const TURNS = 3
const SECONDS = 1
const CASES = [
  [16, 1],
  [16, 100],
  [1024, 1],
  [1024, 100],
]

export default async function raft() {
  await inScratch(async dir => {
    const go = prepareGo(dir)
    if (go.missing) row('go.etcd.io/raft v3.7.0 beside it', 'not measured', go.missing)
    for (const [bytes, batch] of CASES) {
      const ours = []
      const theirs = []
      for (let n = 0; n < TURNS; n++) {
        ours.push(measured(process.execPath, nodeArgs(bytes, batch)))
        if (go.program) theirs.push(measured(go.program, [bytes, batch, SECONDS].map(String)))
      }
      const size = bytes < 1024 ? `${bytes} B` : `${bytes / 1024} KB`
      const what = `${size}, batches of ${batch}`
      const rate = median(ours.map(o => o.perSecond))
      row(`${what}: proposals/s`, Math.round(rate).toLocaleString('en-US'))
      row(`${what}: bytes allocated per proposal`, bytesOf(ours))
      if (theirs.length === 0) continue
      const ratio = rate / median(theirs.map(o => o.perSecond))
      row(`${what}: rate of go.etcd.io/raft v3.7.0`, `${ratio.toFixed(2)} x`, 'at least 0.5 x')
      row(`${what}: bytes allocated there`, bytesOf(theirs))
    }
  })
}

function bytesOf(runs) {
  return Math.round(median(runs.map(o => o.bytesPerProposal))).toLocaleString('en-US')
}

function nodeArgs(bytes, batch) {
  const tsx = join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')
  const flags = ['--expose-gc', '--max-semi-space-size=64', '--import', tsx]
  return [...flags, join(root, 'scripts', 'bench', 'raft-workload.ts'), ...[bytes, batch, SECONDS].map(String)]
}

function measured(command, args) {
  const done = spawnSync(command, args, {encoding: 'utf8', timeout: 60_000})
  if (done.status !== 0)
    throw new Error(`${command} ${args.at(-3)} ${args.at(-2)}: exit ${done.status ?? done.signal}\n${done.stderr}`)
  return JSON.parse(done.stdout)
}

/** The same workload as a small Go program, built in the scratch folder; or why not. */
function prepareGo(dir) {
  if (spawnSync('go', ['version']).status !== 0) return {missing: 'Go is not installed'}
  const folder = join(dir, 'go')
  mkdirSync(folder)
  writeFileSync(join(folder, 'go.mod'), 'module workload\n\ngo 1.26\n\nrequire go.etcd.io/raft/v3 v3.7.0\n')
  writeFileSync(join(folder, 'main.go'), PROGRAM)
  const env = {...process.env, GOFLAGS: '-mod=mod'}
  const program = join(folder, 'workload')
  const built = spawnSync('go', ['build', '-o', program, '.'], {cwd: folder, env, encoding: 'utf8'})
  if (built.status === 0) return {program}
  return {missing: `go build: ${built.stderr.trim().split('\n').at(-1)}`}
}

const PROGRAM = `package main

import (
	"encoding/json"
	"os"
	"runtime"
	"strconv"
	"time"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
)

const kept = 4096

type node struct {
	id      uint64
	raft    *raft.RawNode
	storage *raft.MemoryStorage
	first   uint64
	applied uint64
}

type quiet struct{}

func (quiet) Debug(...interface{})            {}
func (quiet) Debugf(string, ...interface{})   {}
func (quiet) Error(...interface{})            {}
func (quiet) Errorf(string, ...interface{})   {}
func (quiet) Info(...interface{})             {}
func (quiet) Infof(string, ...interface{})    {}
func (quiet) Warning(...interface{})          {}
func (quiet) Warningf(string, ...interface{}) {}
func (quiet) Fatal(v ...interface{})          { panic(v) }
func (quiet) Fatalf(f string, _ ...interface{}) { panic(f) }
func (quiet) Panic(v ...interface{})          { panic(v) }
func (quiet) Panicf(f string, _ ...interface{}) { panic(f) }

func main() {
	size, _ := strconv.Atoi(os.Args[1])
	batch, _ := strconv.Atoi(os.Args[2])
	seconds, _ := strconv.Atoi(os.Args[3])
	var nodes []*node
	for id := uint64(1); id <= 3; id++ {
		storage := raft.NewMemoryStorage()
		snapshot := pb.EnsureSnapshot(nil)
		snapshot.Metadata.Index, snapshot.Metadata.Term = new(uint64), new(uint64)
		*snapshot.Metadata.Index, *snapshot.Metadata.Term = 1, 1
		snapshot.Metadata.ConfState.Voters = []uint64{1, 2, 3}
		if err := storage.ApplySnapshot(snapshot); err != nil {
			panic(err)
		}
		rn, err := raft.NewRawNode(&raft.Config{
			ID: id, Storage: storage, Applied: 1, ElectionTick: 10, HeartbeatTick: 1, PreVote: true, CheckQuorum: true, AsyncStorageWrites: true,
			MaxSizePerMsg: 1 << 20, MaxInflightMsgs: 256, Logger: quiet{},
		})
		if err != nil {
			panic(err)
		}
		nodes = append(nodes, &node{id: id, raft: rn, storage: storage, first: 2, applied: 1})
	}
	var inFlight []*pb.Message
	answer := func(n *node, responses []*pb.Message) {
		for _, m := range responses {
			if m.GetTo() == n.id {
				_ = n.raft.Step(m)
			} else {
				inFlight = append(inFlight, m)
			}
		}
	}
	work := func() {
		for busy := true; busy; {
			busy = false
			for _, n := range nodes {
				for n.raft.HasReady() {
					busy = true
					for _, m := range n.raft.Ready().Messages {
						switch m.GetTo() {
						case raft.LocalAppendThread:
							if err := n.storage.Append(m.GetEntries()); err != nil {
								panic(err)
							}
							answer(n, m.GetResponses())
						case raft.LocalApplyThread:
							n.applied += uint64(len(m.GetEntries()))
							answer(n, m.GetResponses())
							if n.applied-n.first > 2*kept {
								n.first = n.applied - kept
								_ = n.storage.Compact(n.first)
							}
						default:
							inFlight = append(inFlight, m)
						}
					}
				}
			}
			moved := inFlight
			inFlight = nil
			for _, m := range moved {
				_ = nodes[m.GetTo()-1].raft.Step(m)
			}
		}
	}
	leader := nodes[0]
	if err := leader.raft.Campaign(); err != nil {
		panic(err)
	}
	work()
	id := leader.id
	payload := make([]byte, size)
	round := func() {
		entries := make([]*pb.Entry, batch)
		for i := range entries {
			entries[i] = &pb.Entry{Data: payload}
		}
		if err := leader.raft.Step(&pb.Message{Type: pb.MsgProp.Enum(), From: &id, Entries: entries}); err != nil {
			panic(err)
		}
		work()
	}
	until := func(d time.Duration) float64 {
		begun, done := time.Now(), 0
		for time.Since(begun) < d {
			for i := 0; i < 32; i++ {
				round()
				done += batch
			}
		}
		return float64(done) / time.Since(begun).Seconds()
	}
	until(500 * time.Millisecond)
	perSecond := until(time.Duration(seconds) * time.Second)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rounds := (2000 + batch - 1) / batch
	for i := 0; i < rounds; i++ {
		round()
	}
	runtime.ReadMemStats(&after)
	for _, n := range nodes {
		if n.applied != leader.applied {
			panic("not everything was applied")
		}
	}
	_ = json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"perSecond": perSecond, "bytesPerProposal": float64(after.TotalAlloc-before.TotalAlloc) / float64(rounds*batch),
	})
}
`
