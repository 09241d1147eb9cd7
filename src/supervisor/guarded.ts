import type {NodeLaunch} from '../engines/engine.ts'

/**
 * Reads descriptor 3, which is ours alone. A line dismisses it; the end of it without one, which the death of the supervisor brings, makes it end the
 * process whose child it is. The program itself takes the shell's place: its process id is the one that was spawned, and signals reach it directly.
 */
const SCRIPT = `(exec >/dev/null 2>&1; read -r _ <&3 || kill -KILL $$) & exec 3<&-; exec "$@"`

/** Written to the guard when the process has ended by itself: there is nothing to end any more, and its number may be somebody else's soon. */
export const GUARD_DISMISSED = '\n'

/** The command of a program that does not notice when its supervisor is gone, with a guard beside it that does, however the supervisor ended. */
export function guarded(launch: NodeLaunch): [command: string, args: string[]] {
  return ['/bin/sh', ['-c', SCRIPT, 'chronik-guard', launch.command, ...launch.args]]
}
