// In the place of ajv where @platformatic/kafka is bundled: its validators are asked only in strict mode, and take longer to compile than all the rest to load.
export class Ajv2020 {
  addKeyword() {}

  compile() {
    return () => true
  }

  errorsText() {
    return ''
  }
}
