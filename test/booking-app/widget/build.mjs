// Writes public/widget/booking.js. The output depends on booking.ts alone: no time, no release, no path goes in,
// because a deploy decides by its content whether the marketing site needs a new one.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import ts from 'typescript'

const source = await readFile(new URL('booking.ts', import.meta.url), 'utf8')
const { outputText } = ts.transpileModule(source, {
  compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true }
})

const folder = new URL('../public/widget/', import.meta.url)
await mkdir(folder, { recursive: true })
await writeFile(new URL('booking.js', folder), outputText)
