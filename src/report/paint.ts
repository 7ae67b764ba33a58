export type Paint = Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] } as const

/** Colours for a terminal; with `color` false the text stays as it is. */
export function paint(color: boolean): Paint {
  const wrap = (name: keyof Paint) => (text: string) => {
    const [on, off] = codes[name]
    return color && text !== '' ? `\x1b[${on}m${text}\x1b[${off}m` : text
  }
  return {
    bold: wrap('bold'),
    dim: wrap('dim'),
    red: wrap('red'),
    green: wrap('green'),
    yellow: wrap('yellow'),
    cyan: wrap('cyan')
  }
}
