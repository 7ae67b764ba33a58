import { codeBlocks } from './markdown.ts'

/** The commands of the README's list for a newcomer, which begins by starting a sandbox. */
export function readmeTryIt(readme: string): string[] {
  const block = codeBlocks(readme, 'console').find((text) => text.startsWith('$ npm run sandbox -- up'))
  return (block ?? '').split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []))
}
