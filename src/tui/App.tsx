import {Box, Text, useInput} from 'ink'
import type {ComponentProps, ReactElement} from 'react'
import {type InkKey, keyWords} from './key-words.ts'
import type {Line, Tone} from './lines.ts'

type Look = Pick<ComponentProps<typeof Text>, 'color' | 'bold' | 'dimColor'>

const LOOKS: Record<Tone, Look> = {
  good: {color: 'green'},
  bad: {color: 'red'},
  warn: {color: 'yellow'},
  dim: {dimColor: true},
  strong: {bold: true},
}

/** Shows rows that are made already, and passes keys on. */
export function App(o: {lines: readonly Line[]; colour: boolean; onKey(key: string): void}): ReactElement {
  useInput((input, key) => {
    for (const word of keyWords(input, key as InkKey)) o.onKey(word)
  })
  return (
    <Box flexDirection="column">
      {o.lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
        <Text key={i} wrap="truncate">
          {line.every(s => s.text === '')
            ? ' '
            : line.map((s, j) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: likewise
                <Text key={j} {...(s.tone && o.colour ? LOOKS[s.tone] : {})}>
                  {s.text}
                </Text>
              ))}
        </Text>
      ))}
    </Box>
  )
}
