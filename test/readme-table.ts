import { parse } from 'yaml'

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

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
export function section(readme: string, name: string): string | undefined {
  return readme.split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`)[0]?.trim()
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) =>
    `| ${cells.map((cell) => cell.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
