import { parse } from 'yaml'
import { table } from './markdown.ts'

interface Parameter {
  description: string
  required?: boolean
  default?: string
}

/** The README's table of inputs, from action.yml. */
export function inputsTable(actionYml: string): string {
  const { inputs } = parse(actionYml) as { inputs: Record<string, Parameter> }
  return table(
    ['Input', 'What it is', 'Default'],
    Object.entries(inputs).map(([name, { description, required, default: value }]) => [
      `\`${name}\``,
      description,
      required === true ? '**required**' : value === undefined ? '' : `\`${value}\``
    ])
  )
}

/** The README's table of outputs, from action.yml. */
export function outputsTable(actionYml: string): string {
  const { outputs } = parse(actionYml) as { outputs: Record<string, Parameter> }
  return table(
    ['Output', 'What it is'],
    Object.entries(outputs).map(([name, { description }]) => [`\`${name}\``, description])
  )
}
