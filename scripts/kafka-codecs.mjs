// Makes src/formats/kafka/generated/ from Kafka's message definitions in src/formats/kafka/schemas/. Deterministic, without dependencies.
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src/formats/kafka')
const LAST = 32_767
const SIMPLE = ['bool', 'int8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'float64', 'uuid']

/** "3+", "2-4", "7", "none" → [first, last], or undefined. */
function range(text) {
  if (!text || text === 'none') return undefined
  const [first, last] = text.split('-')
  if (text.endsWith('+')) return [Number(text.slice(0, -1)), LAST]
  return [Number(first), Number(last ?? first)]
}

const lower = name => name[0].toLowerCase() + name.slice(1)

/** The condition under which a version lies in the range, given what is valid anyway; '' when always. */
function when(versions, valid) {
  if (!versions) return 'false'
  const parts = []
  if (versions[0] > valid[0]) parts.push(`v >= ${versions[0]}`)
  if (versions[1] < valid[1]) parts.push(`v <= ${versions[1]}`)
  return parts.join(' && ')
}

function generate(name, text) {
  const schema = JSON.parse(text.replace(/^\s*\/\/.*$/gm, ''))
  const valid = range(schema.validVersions)
  const flexible = range(schema.flexibleVersions)
  const structs = new Map()
  const common = new Map((schema.commonStructs ?? []).map(s => [s.name, s.fields]))

  function collect(structName, fields) {
    if (structs.has(structName)) return
    structs.set(structName, fields)
    for (const field of fields) {
      const type = field.type.replace('[]', '')
      if (field.fields) collect(type, field.fields)
      else if (common.has(type)) collect(type, common.get(type))
    }
  }
  collect(schema.name, schema.fields)

  const isStruct = type => structs.has(type)
  const nullable = field => field.nullableVersions !== undefined && field.nullableVersions !== 'none'

  function tsType(field, init) {
    const item = field.type.replace('[]', '')
    let base
    if (isStruct(item)) base = init ? `${item}Init` : item
    else if (item === 'bool') base = 'boolean'
    else if (item === 'string' || item === 'uuid') base = 'string'
    else if (item === 'bytes' || item === 'records')
      base = init && item === 'records' ? 'Uint8Array | readonly Uint8Array[]' : 'Uint8Array'
    else base = 'number'
    if (field.type.startsWith('[]')) base = init ? `readonly ${base}[]` : `${base}[]`
    return nullable(field) ? `${base} | null` : base
  }

  function fallback(field) {
    if (field.default === 'null') return 'null'
    if (field.type.startsWith('[]')) return '[]'
    if (isStruct(field.type)) return nullable(field) ? 'null' : `default${field.type}()`
    switch (field.type) {
      case 'bool':
        return String(field.default ?? 'false') === 'true' ? 'true' : 'false'
      case 'string':
        return JSON.stringify(field.default ?? '')
      case 'uuid':
        return "'00000000000000000000000000000000'"
      case 'bytes':
      case 'records':
        return nullable(field) ? 'null' : 'EMPTY'
      default: {
        const number = Number(field.default ?? 0)
        return Number.isSafeInteger(number) || field.type === 'float64' ? String(number) : 'Number.MAX_SAFE_INTEGER'
      }
    }
  }

  const flexOf = field => (field.flexibleVersions === 'none' ? 'false' : 'f')

  function readOne(type, field, reader) {
    if (SIMPLE.includes(type)) return `${reader}.${type}()`
    const none = nullable(field) && !field.type.startsWith('[]')
    if (type === 'string') return `${reader}.${none ? 'nullableString' : 'string'}(${flexOf(field)})`
    if (type === 'bytes' || type === 'records')
      return `${reader}.${none || type === 'records' ? 'nullableBytes' : 'bytes'}(${flexOf(field)})${none ? '' : type === 'records' ? ' ?? EMPTY' : ''}`
    if (none) return `${reader}.int8() < 0 ? null : read${type}(${reader}, v)`
    return `read${type}(${reader}, v)`
  }

  function read(field, reader) {
    const item = field.type.replace('[]', '')
    if (!field.type.startsWith('[]')) return readOne(item, field, reader)
    return `${reader}.${nullable(field) ? 'nullableArray' : 'array'}(${flexOf(field)}, () => ${readOne(item, field, reader)})`
  }

  function writeOne(type, field, value, writer) {
    if (SIMPLE.includes(type)) return `${writer}.${type}(${value})`
    if (type === 'string') return `${writer}.string(${value}, ${flexOf(field)})`
    if (type === 'bytes' || type === 'records') return `${writer}.bytes(${value}, ${flexOf(field)})`
    return `write${type}(${writer}, ${value}, v)`
  }

  function write(field, writer, value) {
    const item = field.type.replace('[]', '')
    if (field.type.startsWith('[]'))
      return `${writer}.array(${value}, ${flexOf(field)}, item => ${writeOne(item, field, 'item', writer)})`
    if (isStruct(item) && nullable(field))
      return `if (${value} === null) ${writer}.int8(-1)\n  else {\n    ${writer}.int8(1)\n    ${writeOne(item, field, value, writer)}\n  }`
    return writeOne(item, field, value, writer)
  }

  const lines = []
  let usesEmpty = false
  const say = line => {
    if (line.includes('EMPTY')) usesEmpty = true
    lines.push(line)
  }
  for (const [struct, fields] of structs) {
    const plain = fields.filter(f => f.tag === undefined)
    const tagged = fields.filter(f => f.tag !== undefined)
    say(`export interface ${struct} {`)
    for (const f of fields) say(`  ${lower(f.name)}: ${tsType(f, false)}`)
    say('}\n')
    say(`export interface ${struct}Init {`)
    for (const f of fields) say(`  ${lower(f.name)}?: ${tsType(f, true)}`)
    say('}\n')
    say(`function default${struct}(): ${struct} {`)
    say(`  return {${fields.map(f => `${lower(f.name)}: ${fallback(f)}`).join(', ')}}`)
    say('}\n')
    const isTop = struct === schema.name
    say(`${isTop ? 'export ' : ''}function read${struct}(r: WireReader, v: number): ${struct} {`)
    say(`  const m = default${struct}()`)
    if (flexible) say(`  const f = ${when(flexible, valid) || 'true'}`)
    else say('  const f = false')
    for (const f of plain) {
      const condition = when(range(f.versions), valid)
      if (condition === 'false') continue
      say(`  ${condition ? `if (${condition}) ` : ''}m.${lower(f.name)} = ${read(f, 'r')}`)
    }
    if (flexible) {
      if (tagged.length === 0) say('  if (f) r.tagged()')
      else {
        say('  if (f)')
        say('    r.tagged((tag, t) => {')
        for (const f of tagged) {
          const condition = when(range(f.taggedVersions ?? f.versions), valid)
          say(`      if (tag === ${f.tag}${condition ? ` && ${condition}` : ''}) m.${lower(f.name)} = ${read(f, 't')}`)
        }
        say('    })')
      }
    } else say('  void f')
    say('  return m')
    say('}\n')
    say(`${isTop ? 'export ' : ''}function write${struct}(w: WireWriter, init: ${struct}Init, v: number): void {`)
    if (flexible) say(`  const f = ${when(flexible, valid) || 'true'}`)
    else say('  const f = false')
    for (const f of plain) {
      const condition = when(range(f.versions), valid)
      if (condition === 'false') continue
      const value = lower(f.name)
      say(`  ${condition ? `if (${condition}) ` : ''}{`)
      say(`    const ${value} = init.${value} === undefined ? ${fallback(f)} : init.${value}`)
      say(`    ${write(f, 'w', value)}`)
      say('  }')
    }
    if (flexible) {
      if (tagged.length === 0) say('  if (f) w.tagged()')
      else {
        say('  if (f) {')
        say('    const tags: Array<[number, (t: WireWriter) => void]> = []')
        for (const f of tagged) {
          const condition = when(range(f.taggedVersions ?? f.versions), valid)
          const value = lower(f.name)
          say(`    const ${value} = init.${value}`)
          say(`    if (${value} !== undefined${condition ? ` && ${condition}` : ''}) tags.push([${f.tag}, t => {`)
          say(`      ${write(f, 't', value)}`)
          say('    }])')
        }
        say('    w.tagged(tags)')
        say('  }')
      }
    } else say('  void f')
    say('}\n')
  }
  const head = [
    `// Made by scripts/kafka-codecs.mjs from ../schemas/${name}.json.`,
    ...(usesEmpty ? ["import {EMPTY} from '../../../base/bytes.ts'"] : []),
    "import type {WireReader, WireWriter} from '../wire.ts'",
    '',
    `export const ${lower(schema.name)}Flexible = ${flexible ? flexible[0] : LAST}`,
    `export const ${lower(schema.name)}Versions = {first: ${valid[0]}, last: ${valid[1]}} as const`,
    '',
  ]
  return `${[...head, ...lines].join('\n').trimEnd()}\n`
}

mkdirSync(join(folder, 'generated'), {recursive: true})
const metadata = []
for (const file of readdirSync(join(folder, 'schemas')).sort()) {
  if (!file.endsWith('.json')) continue
  const name = file.slice(0, -5)
  const text = readFileSync(join(folder, 'schemas', file), 'utf8')
  const schema = JSON.parse(text.replace(/^\s*\/\/.*$/gm, ''))
  if (schema.type === 'metadata')
    metadata.push({name: schema.name, file: kebab(name), key: schema.apiKey, versions: range(schema.validVersions)})
  const made = generate(name, text)
  writeFileSync(join(folder, 'generated', `${kebab(name)}.ts`), made)
}

// The records of the KRaft metadata log by their key.
metadata.sort((a, b) => a.key - b.key)
writeFileSync(
  join(folder, 'generated', 'metadata-records.ts'),
  `// Made by scripts/kafka-codecs.mjs from the schemas of type "metadata".
import type {WireReader} from '../wire.ts'
${metadata.map(m => `import {read${m.name}} from './${m.file}.ts'`).join('\n')}

export const METADATA_RECORDS: ReadonlyMap<number, {name: string; last: number; read(r: WireReader, v: number): object}> = new Map([
${metadata.map(m => `  [${m.key}, {name: '${m.name}', last: ${m.versions[1]}, read: read${m.name}}],`).join('\n')}
])
`,
)

function kebab(name) {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()
}
