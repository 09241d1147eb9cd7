// The supervisor of one cluster: `node dist/supervisor.mjs ORDER` (JSON, see supervisor/main.ts). Started by commands, detached.
import {runSupervisor, type SupervisorOrder} from '../supervisor/main.ts'

await runSupervisor(JSON.parse(process.argv[2] ?? '') as SupervisorOrder)
